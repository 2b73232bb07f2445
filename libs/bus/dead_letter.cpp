#include "bus/dead_letter.hpp"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <algorithm>
#include <array>
#include <openssl/sha.h>

#include "bus/publisher.hpp"

namespace mp::bus {
namespace {

std::string SubjectFor(std::string_view source) {
    std::string subject = "dead.";
    for (const char c : source) {
        const bool token =
            absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
        const bool dot = c == '.' && subject.back() != '.';
        subject += token || dot ? c : '_';
    }
    if (subject.back() == '.') subject += '_';
    return subject;
}

std::string Sha256(std::string_view bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// A header's value is one line.
std::string OneLine(std::string_view text) {
    std::string line(text.substr(0, 1024));
    std::replace_if(
        line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' '
    );
    return line;
}

AsyncPublisher::Config Window(size_t max_in_flight) {
    AsyncPublisher::Config config;
    config.max_in_flight = max_in_flight;
    config.max_in_flight_bytes = max_in_flight * DeadLetters::kKeptBytes;
    return config;
}

}  // namespace

struct DeadLetters::Impl {
    Impl(Connection& connection, Config config_in, const Clock& clock_in)
        : config(config_in),
          clock(clock_in),
          tokens(config_in.burst),
          filled(clock_in.Steady()),
          publisher(
              connection,
              Window(config_in.max_in_flight),
              [this](uint64_t, const Result<PublishAck>& result) {
                  ++(result.ok() ? counters.stored : counters.failed);
              }
          ) {}

    bool Allowed();

    const Config config;
    const Clock& clock;
    double tokens;
    Nanos filled;
    Counters counters;
    AsyncPublisher publisher;
};

bool DeadLetters::Impl::Allowed() {
    const Nanos now = clock.Steady();
    const double seconds = static_cast<double>(now - filled) / static_cast<double>(kSecond);
    tokens = std::min(config.burst, tokens + seconds * config.per_second);
    filled = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
}

DeadLetters::DeadLetters(Connection& connection, Config config, const Clock& clock)
    : impl_(std::make_unique<Impl>(connection, config, clock)) {}

DeadLetters::~DeadLetters() = default;

void DeadLetters::Put(
    std::string_view source, std::string_view reason, std::string_view payload, const Headers& extra
) {
    Impl& impl = *impl_;
    if (!impl.Allowed()) {
        ++impl.counters.dropped;
        return;
    }
    Headers headers{
        {"Mp-Source", OneLine(source)},
        {"Mp-Reason", OneLine(reason)},
        {"Mp-Size", std::to_string(payload.size())},
        {"Mp-Sha256", Sha256(payload)},
        {"Mp-Time", FormatTime(impl.clock.Now())}};
    headers.insert(headers.end(), extra.begin(), extra.end());
    const std::string_view kept = payload.substr(0, kKeptBytes);
    const Status sent = impl.publisher.Publish(SubjectFor(source), kept, 0, headers);
    if (sent.ok()) return;
    ++(absl::IsResourceExhausted(sent) ? impl.counters.dropped : impl.counters.failed);
}

DeadLetters::Counters DeadLetters::counters() const noexcept {
    return impl_->counters;
}

}  // namespace mp::bus
