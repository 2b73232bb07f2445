#pragma once
// For the mutation tests of all parsers: damage to good frames, and what a parser said, as text.

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "collector/venues/frame_parser.hpp"
#include "model/identity.hpp"

namespace mp::collector::testing {

class Transcript final : public FrameSink {
  public:
    void OnEvent(InstrumentId id, const model::Event& event, const ChainLink* link) override {
        // How often the numbers of a book began anew is history, by its nature.
        model::Event copy = event;
        if (auto* delta = std::get_if<model::BookDelta>(&copy.body)) delta->epoch = 0;
        if (auto* book = std::get_if<model::BookSnapshot>(&copy.body)) book->epoch = 0;
        text_ += std::to_string(id) + " " + std::to_string(event.order_ts) + " ";
        text_ += std::to_string(event.exchange_ts.value_or(-1)) + " ";
        text_ += model::IdentityText(copy) + " " + std::to_string(model::ContentHash(copy));
        text_ += link == nullptr ? " -\n" : " " + std::to_string(link->last) + "\n";
    }
    void OnSkipped(InstrumentId, model::DataType, Nanos, const ChainLink& link) override {
        text_ += "skipped " + std::to_string(link.last) + "\n";
    }
    void OnNotice(const Notice& notice) override {
        text_ += std::to_string(static_cast<int>(notice.kind)) + " " +
                 std::to_string(notice.id.value_or(0)) + " " + std::string(notice.channel) + " " +
                 std::string(notice.text) + "\n";
    }

    std::string Of(FrameParser& parser, std::string_view frame) {
        text_.clear();
        const ParseResult result = parser.Parse(frame, 1, *this);
        return text_ + std::string(ToString(result.error)) + (result.ignored ? " ignored" : "");
    }

  private:
    std::string text_;
};

// Some bytes changed, lost, added, or taken from one of `donors`.
inline std::string Damage(
    std::string frame, std::span<const std::string> donors, std::mt19937_64& random
) {
    constexpr std::string_view kBytes = "{}[]\",:\\0123456789.-eEtrufalsn \n\x00\xff";
    for (uint64_t n = random() % 3 + 1; n > 0 && !frame.empty(); --n) {
        const size_t at = random() % frame.size();
        switch (random() % 6) {
            case 0:
                frame[at] = kBytes[random() % kBytes.size()];
                break;
            case 1:
                frame[at] = static_cast<char>(frame[at] ^ (1 << random() % 8));
                break;
            case 2:
                frame.erase(at, random() % 8 + 1);
                break;
            case 3:
                frame.insert(at, 1, kBytes[random() % kBytes.size()]);
                break;
            case 4:
                frame.resize(at);
                break;
            default: {
                const std::string& donor = donors[random() % donors.size()];
                frame.insert(at, donor, random() % donor.size(), random() % 40);
                break;
            }
        }
    }
    return frame;
}

// Reads damaged frames: nothing may crash, and what is judged good must not depend on what the
// parser read before.
inline void ExpectDamageIsHarmless(
    const std::function<std::unique_ptr<FrameParser>()>& make,
    std::span<const std::string> frames,
    uint64_t seed
) {
    const auto used = make();
    Transcript transcript;
    std::mt19937_64 random(seed);
    for (int i = 0; i < 100'000; ++i) {
        const std::string frame = Damage(frames[random() % frames.size()], frames, random);
        const std::string said = transcript.Of(*used, frame);
        if (i % 50 != 0) continue;
        const auto fresh = make();
        ASSERT_EQ(said, transcript.Of(*fresh, frame)) << frame;
    }
}

// The same frame with blanks wherever they may stand.
inline std::string Airy(std::string_view frame) {
    constexpr std::string_view kStructure = ",:{}[]";
    std::string airy;
    bool quoted = false;
    for (const char c : frame) {
        if (c == '"') quoted = !quoted;
        const bool between = !quoted && kStructure.find(c) != std::string_view::npos;
        airy += between ? std::string("\n ") + c + "\t" : std::string(1, c);
    }
    return airy;
}

}  // namespace mp::collector::testing
