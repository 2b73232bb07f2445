// One core, raw Binance text to encoded EventBatch bytes, against the ceiling of parsing on the
// same texts: simdjson visiting every value and doing nothing else. Both in turn, several times;
// medians and spread.
//
// usage: mp-bench-normalise [capture.jsonl]      texts of its own where no capture is given

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <map>
#include <simdjson.h>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "collector/venues/binance/parse.hpp"
#include "wire/batch.hpp"

namespace {

using namespace mp;
using Clock = std::chrono::steady_clock;
namespace ondemand = simdjson::ondemand;

constexpr int kRounds = 7;
constexpr std::chrono::milliseconds kRound{300};
constexpr size_t kBatchBytes = 64u << 10;
constexpr double kOfCeiling = 0.3;
constexpr double kTimesPeer = 4;
// The fastest that turns these recorded texts into events: tardis-node 13.35, ccapi, tardis-node.
const std::map<std::string, double> kPeers{
    {"trade", 950e3}, {"depth", 191e3}, {"bookTicker", 1.31e6}};

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
    explicit Normaliser(const std::string& symbol)
        : parser_(collector::binance::MakeSpotParser(symbols_)) {
        symbols_.Set(symbol, 0);
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

using Texts = std::map<std::string, std::vector<std::string>>;

std::string KindOf(const std::string& text) {
    for (const char* kind : {"@trade", "@bookTicker", "@depth"}) {
        if (text.find(kind) != std::string::npos) return kind + 1;
    }
    return {};
}

Texts FromCapture(const char* path) {
    Texts texts;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        const auto record = nlohmann::json::parse(line, nullptr, false);
        if (!record.is_object() || record.value("transport", "") != "ws") continue;
        const std::string raw = record.value("raw", "");
        if (const std::string kind = KindOf(raw); !kind.empty()) texts[kind].push_back(raw);
    }
    return texts;
}

Texts OwnTexts() {
    Texts texts;
    for (int i = 0; i < 2000; ++i) {
        const std::string id = std::to_string(4'200'000'000 + i);
        const std::string price =
            std::to_string(61'000 + i % 700) + "." + std::to_string(10 + i % 90) + "000000";
        texts["trade"].push_back(
            R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000123,"s":"BTCUSDT","t":)" +
            id + R"(,"p":")" + price + R"(","q":"0.01500000","T":1700000000121,"m":true,"M":true}})"
        );
        texts["bookTicker"].push_back(
            R"({"stream":"btcusdt@bookTicker","data":{"u":)" + id + R"(,"s":"BTCUSDT","b":")" +
            price + R"(","B":"31.21000000","a":")" + price + R"(","A":"40.66000000"}})"
        );
        std::string levels;
        for (int level = 0; level < 7; ++level)
            levels += (level ? "," : "") + (R"([")" + price + R"(","0.10000000"])");
        texts["depth"].push_back(
            R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"s":"BTCUSDT","U":)" +
            id + R"(,"u":)" + id + R"(,"b":[)" + levels + R"(],"a":[)" + levels + "]}}"
        );
    }
    return texts;
}

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
bool Measure(const std::string& kind, std::vector<std::string> texts, double peer) {
    size_t bytes = 0;
    for (std::string& text : texts) {
        bytes += text.size();
        text.reserve(text.size() + simdjson::SIMDJSON_PADDING);
    }
    ondemand::parser parser;
    Normaliser normaliser("BTCUSDT");
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
    const std::string name = kind + ", " + std::to_string(bytes / texts.size()) + " B";
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
    const Texts texts = argc > 1 ? FromCapture(argv[1]) : OwnTexts();
    if (texts.empty()) {
        std::fprintf(stderr, "mp-bench-normalise: no Binance spot messages in %s\n", argv[1]);
        return 1;
    }
    std::printf("normalise: raw text to encoded batch on one core; ceiling: simdjson's visit\n");
    bool met = true;
    for (const auto& [kind, list] : texts) {
        met = Measure(kind, list, argc > 1 ? kPeers.at(kind) : 0) && met;
    }
    return met && visited > 0 ? 0 : 1;
}
