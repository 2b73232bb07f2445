// One core, raw texts of venues to encoded EventBatch bytes, against the ceiling of parsing on the
// same texts: simdjson visiting every value and doing nothing else. Both in turn, several times;
// medians and spread.
//
// usage: mp-bench-normalise [capture.jsonl]      texts of its own where no capture is given

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <simdjson.h>
#include <string>
#include <vector>

#include "bench/normalise/kind.hpp"
#include "wire/batch.hpp"

namespace {

using namespace mp;
using namespace mp::bench;
using Clock = std::chrono::steady_clock;
namespace ondemand = simdjson::ondemand;

constexpr int kRounds = 7;
constexpr std::chrono::milliseconds kRound{200};
constexpr size_t kBatchBytes = 64u << 10;
constexpr double kOfCeiling = 0.3;
constexpr double kTimesPeer = 4;

uint64_t visited = 0;

void Visit(ondemand::value value) {
    switch (value.type().value()) {
        case ondemand::json_type::object:
            for (auto field : value.get_object()) {
                visited += static_cast<uint8_t>(field.key().value().raw()[0]);
                Visit(field.value());
            }
            break;
        case ondemand::json_type::array:
            for (auto element : value.get_array()) Visit(element.value());
            break;
        case ondemand::json_type::string:
            visited += value.get_string().value().size();
            break;
        case ondemand::json_type::number:
            visited += value.raw_json_token().size();
            break;
        case ondemand::json_type::boolean:
            visited += value.get_bool().value();
            break;
        default:
            visited += value.is_null();
    }
}

class Normaliser final : public collector::FrameSink {
  public:
    // For all symbols that stand in the texts.
    Normaliser(const Kind& kind, const std::vector<std::string>& texts)
        : parser_(kind.make(symbols_)) {
        for (const std::string& text : texts) {
            const size_t at = text.find(kind.before_symbol);
            if (at == std::string::npos) continue;
            const size_t begin = at + kind.before_symbol.size();
            symbols_.Set(text.substr(begin, text.find('"', begin) - begin), 0);
        }
    }

    void OnEvent(collector::InstrumentId, const model::Event& event, const collector::ChainLink*)
        override {
        builder_.Add(instrument_, event);
        if (builder_.bytes() >= kBatchBytes) builder_.Finish(batch_);
        ++events_;
    }
    void OnNotice(const collector::Notice&) override {}

    bool Parse(const std::string& text) {
        return parser_->Parse(text, 1'700'000'000'000'000'000, *this).ok();
    }
    uint64_t events() const { return events_; }

  private:
    collector::SymbolTable symbols_;
    std::unique_ptr<collector::FrameParser> parser_;
    const model::Instrument instrument_{"binance", model::Market::kSpot, "BTC-USDT", "BTCUSDT"};
    wire::BatchBuilder builder_{"bench"};
    std::string batch_;
    uint64_t events_ = 0;
};

// Messages a second over about one round.
double Rate(
    const std::vector<std::string>& texts, const std::function<void(const std::string&)>& work
) {
    size_t done = 0;
    const auto began = Clock::now();
    auto now = began;
    for (; now - began < kRound; now = Clock::now()) {
        for (const std::string& text : texts) work(text);
        done += texts.size();
    }
    return static_cast<double>(done) / std::chrono::duration<double>(now - began).count();
}

struct Spread {
    double low, median, high;
};

Spread SpreadOf(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return {values.front(), values[values.size() / 2], values.back()};
}

std::string Text(const Spread& spread, double unit, const char* suffix) {
    char text[64];
    std::snprintf(
        text,
        sizeof(text),
        "%.2f%s [%.2f-%.2f]",
        spread.median / unit,
        suffix,
        spread.low / unit,
        spread.high / unit
    );
    return text;
}

bool Say(const char* what, double ratio, double target) {
    const bool met = ratio >= target;
    std::printf("  %s %.2f  target >= %g  %s", what, ratio, target, met ? "PASS" : "MISS");
    return met;
}

// Whether the targets are met. `peer`: messages a second of the best peer on the same texts, as
// measured on a machine of this kind; 0: not known.
bool Measure(const Kind& kind, std::vector<std::string> texts, double peer) {
    size_t bytes = 0;
    for (std::string& text : texts) {
        bytes += text.size();
        text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    }
    ondemand::parser parser;
    Normaliser normaliser(kind, texts);
    const auto visit = [&](const std::string& text) {
        auto document = parser.iterate(text.data(), text.size(), text.capacity());
        for (auto field : document.get_object()) {
            visited += static_cast<uint8_t>(field.key().value().raw()[0]);
            Visit(field.value());
        }
    };
    uint64_t refused = 0;
    const auto normalise = [&](const std::string& text) {
        refused += normaliser.Parse(text) ? 0 : 1;
    };
    std::vector<double> ceilings, rates, ratios;
    for (int round = 0; round < kRounds; ++round) {
        ceilings.push_back(Rate(texts, visit));
        rates.push_back(Rate(texts, normalise));
        ratios.push_back(rates.back() / ceilings.back());
    }
    const Spread ceiling = SpreadOf(ceilings), rate = SpreadOf(rates), ratio = SpreadOf(ratios);
    const std::string name =
        std::string(kind.name) + ", " + std::to_string(bytes / texts.size()) + " B";
    std::printf(
        "%-32s ceiling %s  measured %s msg/s, %d runs",
        name.c_str(),
        Text(ceiling, 1e6, "M").c_str(),
        Text(rate, 1e6, "M").c_str(),
        kRounds
    );
    bool met = Say("ratio", ratio.median, kOfCeiling);
    if (peer > 0) met = Say("times the best peer", rate.median / peer, kTimesPeer) && met;
    std::printf("\n");
    if (refused > 0) std::printf("    %llu refused\n", static_cast<unsigned long long>(refused));
    return met && refused == 0;
}

}  // namespace

int main(int argc, char** argv) {
    const Texts texts = argc > 1 ? TextsFrom(argv[1]) : OwnTexts();
    if (texts.empty()) {
        std::fprintf(stderr, "mp-bench-normalise: nothing that is measured in %s\n", argv[1]);
        return 1;
    }
    std::printf("normalise: raw text to encoded batch on one core; ceiling: simdjson's visit\n");
    bool met = true;
    for (const auto& [name, list] : texts) {
        const Kind& kind = KindOf(name);
        met = Measure(kind, list, argc > 1 ? kind.peer : 0) && met;
    }
    return met && visited > 0 ? 0 : 1;
}
