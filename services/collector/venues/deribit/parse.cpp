#include "collector/venues/deribit/parse.hpp"

#include <algorithm>
#include <string>

#include "collector/venues/deribit/book_reader.hpp"
#include "collector/venues/deribit/rows.hpp"
#include "collector/venues/deribit/streams.hpp"
#include "collector/venues/document_parser.hpp"

namespace mp::collector::deribit {
namespace {

using json::Cursor;
using json::Unquoted;

constexpr json::Names kNames = {"params", "id", "result", "error"};
enum : size_t { kParams, kId, kResult, kError };

constexpr json::Names kParamNames = {"channel", "data", "type"};
enum : size_t { kChannel, kData, kType };

constexpr json::Names kLoginNames = {"access_token", "expires_in"};
enum : size_t { kToken, kExpiresIn };
constexpr uint64_t kLongestLogin = uint64_t{100} * 365 * 24 * 3600;  // seconds
constexpr json::Names kErrorNames = {"message", "data"};

class DeribitParser final : public DocumentParser {
  public:
    explicit DeribitParser(const SymbolTable& symbols) : DocumentParser(symbols) {
        name_.reserve(128);
    }

  private:
    struct Envelope {
        json::Tokens<kNames.size()> tokens;
        std::string_view type;  // of a heartbeat
        ChannelName channel;
        const Bar* bar = nullptr;
        InstrumentId instrument = kNoInstrument;
        bool has_channel = false;
        bool has_params = false;
    };

    ParseError ReadFrame(std::string_view frame) noexcept override {
        envelope_ = {};
        Cursor cursor(frame);
        const ParseError error = ReadDocument(cursor, kNames, [&](size_t at) noexcept {
            if (at == kParams) return ReadParams(cursor);
            std::string_view& token = envelope_.tokens[at];
            return cursor.TakeValue(token) ? ParseError::kNone : ParseError::kSyntax;
        });
        if (error != ParseError::kNone) return error;
        if (!envelope_.tokens[kError].empty()) return Refusal();
        if (!envelope_.tokens[kResult].empty()) return Answer();
        if (!envelope_.type.empty()) return Heartbeat();
        if (!envelope_.has_params) result().ignored = true;
        return ParseError::kNone;
    }

    ParseError ReadParams(Cursor& cursor) noexcept {
        envelope_.has_params = true;
        const ParseError error = ReadObject(cursor, kParamNames, [&](size_t at) noexcept {
            return ReadParam(at, cursor);
        });
        return error == ParseError::kNone ? ReadKept() : error;
    }

    ParseError ReadParam(size_t at, Cursor& cursor) noexcept {
        if (at == kData) return ReadOrKeep(cursor, envelope_.has_channel);
        std::string_view value;
        if (!cursor.TakeValue(value)) return ParseError::kSyntax;
        if (at == kChannel) TakeChannel(Unquoted(value));
        if (at == kType) envelope_.type = value;
        return ParseError::kNone;
    }

    void TakeChannel(std::string_view text) noexcept {
        envelope_.has_channel = true;
        envelope_.channel = ParseChannel(text);
        if (envelope_.channel.channel == Channel::kChart) {
            envelope_.bar = FindBar(envelope_.channel.resolution);
            if (envelope_.bar == nullptr) envelope_.channel.channel = Channel::kUnknown;
        }
        envelope_.instrument =
            Identify(envelope_.channel.symbol, TypeOf(envelope_.channel.channel));
    }

    ParseError ReadPayload(Cursor& cursor) noexcept override {
        const Channel channel = envelope_.channel.channel;
        if (channel == Channel::kUnknown || envelope_.instrument == kNoInstrument) {
            return PassOver(cursor);
        }
        Select(envelope_.instrument);
        if (channel == Channel::kBook) return books_.Read(cursor, builder());
        if (channel == Channel::kQuote) return ReadQuote(cursor, builder());
        if (channel == Channel::kTicker) return ReadTicker(cursor, builder());
        if (channel == Channel::kChart) return ReadBar(cursor, *envelope_.bar, builder());
        return ReadArray(cursor, [&]() noexcept { return ReadTrade(cursor, builder()); });
    }

    // Channels that are named are in force; what else was asked for is not.
    ParseError Answer() noexcept {
        const auto id = json::IdOf(envelope_.tokens[kId]);
        result() = {};
        Cursor cursor(envelope_.tokens[kResult]);
        if (cursor.Peek() == '{') return LoggedIn(cursor);
        if (!cursor.Take('[')) return Tell({Notice::Kind::kPong, id, {}, {}});
        while (cursor.Peek() == '"') {
            std::string_view channel;
            if (!cursor.TakeValue(channel)) return ParseError::kSyntax;
            Tell({Notice::Kind::kAck, id, Unquoted(channel), {}});
            if (!cursor.Take(',')) break;
        }
        if (!id) return ParseError::kNone;
        return Tell({Notice::Kind::kRefused, id, {}, "not among the channels"});
    }

    ParseError LoggedIn(Cursor& cursor) noexcept {
        json::Tokens<kLoginNames.size()> login;
        const ParseError shape = ReadMembers(cursor, kLoginNames, login);
        if (shape != ParseError::kNone) return shape;
        if (json::IsAbsent(login[kToken])) return Tell({Notice::Kind::kPong, std::nullopt, {}, {}});
        std::optional<uint64_t> seconds;
        json::TokenReader reader;
        reader.Unsigned(login[kExpiresIn], seconds);
        if (reader.error() != ParseError::kNone) return reader.error();
        const auto valid = static_cast<Nanos>(std::min(seconds.value_or(0), kLongestLogin));
        return Tell({Notice::Kind::kLoggedIn, std::nullopt, {}, {}, valid * kSecond});
    }

    ParseError Refusal() noexcept {
        result() = {};
        json::Tokens<2> error;
        Cursor cursor(envelope_.tokens[kError]);
        const ParseError shape = ReadMembers(cursor, kErrorNames, error);
        if (shape != ParseError::kNone) return shape;
        name_.assign(Unquoted(error[0]));
        if (!json::IsAbsent(error[1])) name_.append(" ").append(error[1]);
        return Tell({Notice::Kind::kRefused, json::IdOf(envelope_.tokens[kId]), {}, name_});
    }

    ParseError Heartbeat() noexcept {
        if (Unquoted(envelope_.type) == "test_request") {
            return Tell({Notice::Kind::kReply, std::nullopt, {}, TestFrame()});
        }
        return Tell({Notice::Kind::kPong, std::nullopt, {}, {}});
    }

    void Attribute(std::string_view frame) noexcept override {
        TakeChannel(json::Between(frame, R"("channel":")", "\""));
    }

    BookReader books_;
    Envelope envelope_;
    std::string name_;  // what an error says
};

}  // namespace

std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols) {
    return std::make_unique<DeribitParser>(symbols);
}

}  // namespace mp::collector::deribit
