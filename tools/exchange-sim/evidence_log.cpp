#include "exchange-sim/evidence_log.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/json_text.hpp"
#include "exchange-sim/wall_clock.hpp"

namespace mp::sim {
namespace {

constexpr std::size_t kFlushAt = 256 * 1024;
constexpr std::size_t kMaxGarbage = 1024;
constexpr std::size_t kMaxBody = 1024 * 1024;

}  // namespace

EvidenceLog::~EvidenceLog() {
    Flush();
    if (file_ >= 0) ::close(file_);
}

Status EvidenceLog::Open(const std::string& path, bool raw) {
    raw_ = raw;
    file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file_ >= 0) return OkStatus();
    return absl::UnavailableError("cannot write " + path + ": " + std::strerror(errno));
}

void EvidenceLog::Market(
    std::string_view what, std::uint64_t connection, std::uint64_t number, const Frame& frame
) {
    if (!Begin(what)) return;
    Add("conn", static_cast<std::int64_t>(connection));
    Add("n", static_cast<std::int64_t>(number));
    Add("stream", frame.stream_name);
    Add("symbol", frame.symbol);
    if (raw_) {
        Add("raw", frame.payload());
    } else {
        buffer_ += ",\"id\":{";
        buffer_ += frame.identity;
        buffer_ += '}';
    }
    End();
}

void EvidenceLog::Garbage(
    std::uint64_t connection,
    std::uint64_t number,
    const Frame& near,
    std::string_view variant,
    std::string_view bytes
) {
    if (!Begin("garbage")) return;
    Add("conn", static_cast<std::int64_t>(connection));
    Add("n", static_cast<std::int64_t>(number));
    Add("symbol", near.symbol);
    Add("variant", variant);
    Add("bytes", static_cast<std::int64_t>(bytes.size()));
    std::string ascii(bytes.substr(0, kMaxGarbage));
    for (char& c : ascii) c = static_cast<unsigned char>(c) < 0x80 ? c : '?';
    Add("raw", std::string_view(ascii));
    End();
}

void EvidenceLog::Connection(
    std::string_view what, std::uint64_t connection, std::string_view members
) {
    if (!Begin(what)) return;
    Add("conn", static_cast<std::int64_t>(connection));
    buffer_ += members;
    End();
}

void EvidenceLog::Rest(
    std::string_view method, std::string_view target, int status, std::string_view body
) {
    if (!Begin("rest")) return;
    Add("method", method);
    Add("target", target);
    Add("status", status);
    Add("bytes", static_cast<std::int64_t>(body.size()));
    if (raw_ && body.size() <= kMaxBody) Add("raw", body);
    End();
}

void EvidenceLog::Note(std::string_view what, std::string_view members) {
    if (!Begin(what)) return;
    buffer_ += members;
    End();
}

void EvidenceLog::Flush() {
    std::string_view rest = buffer_;
    while (file_ >= 0 && !rest.empty()) {
        const ssize_t written = ::write(file_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) break;
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
}

bool EvidenceLog::Begin(std::string_view what) {
    if (file_ < 0) return false;
    buffer_ += "{\"seq\":";
    AppendInteger(buffer_, static_cast<std::int64_t>(++sequence_));
    Add("ns", WallNanos());
    Add("what", what);
    return true;
}

void EvidenceLog::Add(std::string_view key, std::int64_t value) {
    buffer_ += ",\"";
    buffer_ += key;
    buffer_ += "\":";
    AppendInteger(buffer_, value);
}

void EvidenceLog::Add(std::string_view key, std::string_view text) {
    buffer_ += ",\"";
    buffer_ += key;
    buffer_ += "\":\"";
    AppendEscaped(buffer_, text);
    buffer_ += '"';
}

void EvidenceLog::End() {
    buffer_ += "}\n";
    if (buffer_.size() >= kFlushAt) Flush();
}

}  // namespace mp::sim
