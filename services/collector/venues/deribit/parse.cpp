#include "collector/venues/deribit/parse.hpp"

#include <cstring>
#include <vector>

#include "collector/venues/deribit/book_reader.hpp"
#include "collector/venues/deribit/rows.hpp"
#include "collector/venues/deribit/streams.hpp"
#include "collector/venues/event_builder.hpp"
#include "collector/venues/json/cursor.hpp"
#include "collector/venues/json/token_reader.hpp"

namespace mp::collector::deribit {
namespace {

using json::Cursor;
using json::Unquoted;

constexpr size_t kPadding = 64;

constexpr std::array<std::string_view, 2> kErrorNames = {"message", "data"};

class DeribitParser final : public FrameParser {
  public:
    explicit DeribitParser(const SymbolTable& symbols) : symbols_(symbols) {
        name_.reserve(128);
        buffer_.resize(64 << 10);
    }

    ParseResult Parse(
        std::string_view frame, Nanos received_ts, FrameSink& sink
    ) noexcept override {
        if (frame.size() + kPadding > buffer_.size()) buffer_.resize(frame.size() * 2 + kPadding);
        std::memcpy(buffer_.data(), frame.data(), frame.size());
        std::memset(buffer_.data() + frame.size(), 0, kPadding);
        const std::string_view padded(buffer_.data(), frame.size());
        builder_.Begin(sink, received_ts);
        result_ = {};
        envelope_ = {};
        result_.error = ReadFrame(padded);
        if (!result_.ok()) {
            result_.ignored = false;
            if (result_.type == model::DataType::kUnspecified) Attribute(padded);
        }
        return result_;
    }

  private:
    struct Envelope {
        std::string_view id, result, error;
        std::string_view type;  // of a heartbeat
        std::string_view data;  // whole, where it came before its channel
        ChannelName channel;
        const Bar* bar = nullptr;
        InstrumentId instrument = kNoInstrument;
        bool has_channel = false;
        bool has_params = false;
    };

    ParseError ReadFrame(std::string_view frame) noexcept {
        Cursor cursor(frame);
        if (!cursor.Take('{')) return ParseError::kSyntax;
        if (!cursor.Take('}')) {
            do {
                const ParseError error = ReadMember(cursor);
                if (error != ParseError::kNone) return error;
            } while (cursor.Take(','));
            if (!cursor.Take('}')) return ParseError::kSyntax;
        }
        if (!cursor.AtEnd()) return ParseError::kSyntax;
        if (!envelope_.error.empty()) return Refusal();
        if (!envelope_.result.empty()) return Answer();
        if (!envelope_.type.empty()) return Heartbeat();
        if (!envelope_.has_params) result_.ignored = true;
        return ParseError::kNone;
    }

    ParseError ReadMember(Cursor& cursor) noexcept {
        std::string_view key;
        if (!cursor.TakeKey(key)) return ParseError::kSyntax;
        if (key == "params") return ReadParams(cursor);
        std::string_view value;
        if (!cursor.TakeValue(value)) return ParseError::kSyntax;
        if (key == "id") envelope_.id = value;
        if (key == "result") envelope_.result = value;
        if (key == "error") envelope_.error = value;
        return ParseError::kNone;
    }

    ParseError ReadParams(Cursor& cursor) noexcept {
        envelope_.has_params = true;
        if (!cursor.Take('{')) return ParseError::kType;
        if (cursor.Take('}')) return ParseError::kNone;
        do {
            const ParseError error = ReadParam(cursor);
            if (error != ParseError::kNone) return error;
        } while (cursor.Take(','));
        if (!cursor.Take('}')) return ParseError::kSyntax;
        if (envelope_.data.empty()) return ParseError::kNone;
        Cursor data(envelope_.data);
        return ReadData(data);
    }

    ParseError ReadParam(Cursor& cursor) noexcept {
        std::string_view key;
        if (!cursor.TakeKey(key)) return ParseError::kSyntax;
        if (key == "data" && envelope_.has_channel) return ReadData(cursor);
        std::string_view value;
        if (!cursor.TakeValue(value)) return ParseError::kSyntax;
        if (key == "channel") TakeChannel(Unquoted(value));
        if (key == "data") envelope_.data = value;
        if (key == "type") envelope_.type = value;
        return ParseError::kNone;
    }

    void TakeChannel(std::string_view text) noexcept {
        envelope_.has_channel = true;
        envelope_.channel = ParseChannel(text);
        if (envelope_.channel.channel == Channel::kChart) {
            envelope_.bar = FindBar(envelope_.channel.resolution);
            if (envelope_.bar == nullptr) envelope_.channel.channel = Channel::kUnknown;
        }
        envelope_.instrument = symbols_.Find(envelope_.channel.symbol);
        result_.type = TypeOf(envelope_.channel.channel);
        result_.instrument = envelope_.instrument;
    }

    ParseError ReadData(Cursor& cursor) noexcept {
        const Channel channel = envelope_.channel.channel;
        if (channel == Channel::kUnknown || envelope_.instrument == kNoInstrument) {
            std::string_view unread;
            result_.ignored = true;
            return cursor.TakeValue(unread) ? ParseError::kNone : ParseError::kSyntax;
        }
        builder_.Select(envelope_.instrument, symbols_.FactsOf(envelope_.instrument));
        if (channel == Channel::kTrades) return ReadTrades(cursor);
        if (channel == Channel::kBook) return books_.Read(cursor, builder_);
        if (channel == Channel::kQuote) return ReadQuote(cursor, builder_);
        if (channel == Channel::kTicker) return ReadTicker(cursor, builder_);
        return ReadBar(cursor, *envelope_.bar, builder_);
    }

    ParseError ReadTrades(Cursor& cursor) noexcept {
        if (!cursor.Take('[')) return ParseError::kType;
        if (cursor.Take(']')) return ParseError::kNone;
        do {
            const ParseError error = ReadTrade(cursor, builder_);
            if (error != ParseError::kNone) return error;
        } while (cursor.Take(','));
        return cursor.Take(']') ? ParseError::kNone : ParseError::kSyntax;
    }

    std::optional<uint64_t> Id() const noexcept {
        uint64_t id = 0;
        const std::string_view text = Unquoted(envelope_.id);
        if (json::ReadUnsigned(text, id) != ParseError::kNone) return std::nullopt;
        return id;
    }

    // Channels that are named are in force; what else was asked for is not.
    ParseError Answer() noexcept {
        result_ = {};
        Cursor cursor(envelope_.result);
        if (!cursor.Take('[')) {
            builder_.sink().OnNotice({Notice::Kind::kPong, Id(), {}, {}});
            return ParseError::kNone;
        }
        while (cursor.Peek() == '"') {
            std::string_view channel;
            if (!cursor.TakeValue(channel)) return ParseError::kSyntax;
            builder_.sink().OnNotice({Notice::Kind::kAck, Id(), Unquoted(channel), {}});
            if (!cursor.Take(',')) break;
        }
        if (Id())
            builder_.sink().OnNotice({Notice::Kind::kRefused, Id(), {}, "not among the channels"});
        return ParseError::kNone;
    }

    ParseError Refusal() noexcept {
        result_ = {};
        json::Tokens<2> error;
        Cursor cursor(envelope_.error);
        const ParseError shape = ReadMembers(cursor, kErrorNames, error);
        if (shape != ParseError::kNone) return shape;
        name_.assign(Unquoted(error[0]));
        if (!json::IsAbsent(error[1])) name_.append(" ").append(error[1]);
        builder_.sink().OnNotice({Notice::Kind::kRefused, Id(), {}, name_});
        return ParseError::kNone;
    }

    ParseError Heartbeat() noexcept {
        if (Unquoted(envelope_.type) == "test_request") {
            builder_.sink().OnNotice({Notice::Kind::kReply, std::nullopt, {}, TestFrame()});
        } else {
            builder_.sink().OnNotice({Notice::Kind::kPong, std::nullopt, {}, {}});
        }
        return ParseError::kNone;
    }

    // Of a message that was damaged before it said whose it is. Off the hot path.
    void Attribute(std::string_view frame) noexcept {
        constexpr std::string_view kKey = R"("channel":")";
        const size_t at = frame.find(kKey);
        if (at == std::string_view::npos) return;
        const std::string_view rest = frame.substr(at + kKey.size());
        TakeChannel(rest.substr(0, rest.find('"')));
    }

    const SymbolTable& symbols_;
    std::vector<char> buffer_;
    EventBuilder builder_;
    BookReader books_;
    ParseResult result_;
    Envelope envelope_;
    std::string name_;  // what an error says
};

}  // namespace

std::unique_ptr<FrameParser> MakeParser(const SymbolTable& symbols) {
    return std::make_unique<DeribitParser>(symbols);
}

}  // namespace mp::collector::deribit
