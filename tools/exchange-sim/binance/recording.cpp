#include "exchange-sim/binance/recording.hpp"

#include <algorithm>

#include "exchange-sim/binance/message_name.hpp"
#include "exchange-sim/binance/stream_name.hpp"
#include "exchange-sim/binance/text_book.hpp"
#include "exchange-sim/capture.hpp"
#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/json_text.hpp"
#include "exchange-sim/stream_loader.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::binance {
namespace {

std::string SymbolOfUrl(std::string_view url) {
    const std::size_t at = url.find("symbol=");
    if (at == std::string_view::npos) return "";
    const std::string_view rest = url.substr(at + 7);
    return Upper(rest.substr(0, rest.find('&')));
}

// What has to be known about all messages together.
class Loader {
  public:
    Loader(Hub& hub, const MarketKind& market)
        : loader_(
              hub,
              "binance",
              std::string(market.name),
              [this](const CaptureLine& line) { return ReadMessage(line); },
              [this](const CaptureLine& line) { return ReadOther(line); }
          ) {
        out_.market = &market;
        out_.settings.exchange = "binance";
        out_.settings.market = market.name;
        out_.settings.book_stream = "depth@100ms";
    }

    Result<LoadedRecording> Load(const std::vector<CaptureFile>& files);

  private:
    struct Digits {
        int price = 0;
        int quantity = 0;
    };

    std::optional<StreamMessage> ReadMessage(const CaptureLine& line);
    bool ReadOther(const CaptureLine& line);
    void NoteDigits(const std::string& symbol, Channel channel, std::string_view payload);
    void NoteLevels(Digits& digits, std::string_view levels);
    std::string BookStream() const;
    std::vector<const char*> TypesOf(const StreamName& name, std::string_view channel) const;
    void Settle();
    void NameInstruments();

    StreamLoader loader_;
    LoadedRecording out_;
    std::map<std::string, Digits> digits_;
    std::map<std::string, StreamName, std::less<>> names_;  // of the streams
    std::size_t deepest_snapshot_ = 0;
};

// Snapshots may be filed under the socket, and files of one symbol carry them without their URL.
bool Loader::ReadOther(const CaptureLine& line) {
    if (line.transport == "rest" && line.data_type == "instruments") {
        out_.exchange_info.AddRecorded(line.raw);
        return true;
    }
    if (FindValue(line.raw, "lastUpdateId").empty()) return false;
    for (const char* side : {"bids", "asks"}) {
        std::size_t levels = 0;
        ForEachElement(FindValue(line.raw, side), [&levels](std::string_view) { ++levels; });
        deepest_snapshot_ = std::max(deepest_snapshot_, levels);
    }
    loader_.AddSnapshot(line.transport == "rest" ? SymbolOfUrl(line.url_or_stream) : "", line);
    return true;
}

std::optional<StreamMessage> Loader::ReadMessage(const CaptureLine& line) {
    const NamedMessage named = NameMessage(line);
    const auto name = StreamName::Parse(named.stream);
    if (!name || KindOf(name->channel) == FrameKind::kOther) return std::nullopt;
    StreamMessage message;
    message.stream = named.stream;
    message.symbol = name->symbol;
    message.kind = KindOf(name->channel);
    message.text = named.wrapped
                       ? line.raw
                       : Concat("{\"stream\":\"", named.stream, "\",\"data\":", line.raw, "}");
    message.payload_begin = static_cast<std::uint32_t>(
        named.wrapped ? named.payload.data() - line.raw.data()
                      : static_cast<std::ptrdiff_t>(message.text.size() - 1 - line.raw.size())
    );
    message.payload_size = static_cast<std::uint32_t>(named.payload.size());
    message.identity = IdentityOf(name->channel, named.payload);
    message.time_ms = FindInteger(named.payload, "E").value_or(0);
    NoteDigits(name->symbol, name->channel, named.payload);
    names_.emplace(named.stream, *name);
    return message;
}

void Loader::NoteDigits(const std::string& symbol, Channel channel, std::string_view payload) {
    Digits& digits = digits_[symbol];
    const auto note = [&](const char* price, const char* quantity) {
        digits.price =
            std::max(digits.price, SignificantFractionDigits(FindString(payload, price)));
        digits.quantity =
            std::max(digits.quantity, SignificantFractionDigits(FindString(payload, quantity)));
    };
    if (KindOf(channel) == FrameKind::kTrade) note("p", "q");
    if (channel == Channel::kBookTicker) note("b", "B"), note("a", "A");
    if (KindOf(channel) != FrameKind::kBookDelta) return;
    NoteLevels(digits, FindValue(payload, "b"));
    NoteLevels(digits, FindValue(payload, "a"));
}

void Loader::NoteLevels(Digits& digits, std::string_view levels) {
    ForEachElement(levels, [&digits](std::string_view level) {
        int* digit = &digits.price;
        ForEachElement(level, [&](std::string_view part) {
            *digit = std::max(*digit, SignificantFractionDigits(Unquoted(part)));
            digit = &digits.quantity;
        });
    });
}

// The one of several book streams that a collector asks for.
std::string Loader::BookStream() const {
    std::set<std::string> found;
    for (const auto& [stream, name] : names_) {
        if (name.channel == Channel::kPacedDepth) found.insert(Concat("depth@", name.interval));
        if (name.channel == Channel::kDepth100ms) found.insert("depth@100ms");
        if (name.channel == Channel::kDepth) found.insert("depth");
    }
    if (found.empty() || found.contains("depth@100ms")) return "depth@100ms";
    return *found.begin();
}

std::vector<const char*> Loader::TypesOf(const StreamName& name, std::string_view channel) const {
    const VenueEntry& settings = out_.settings;
    if (channel == settings.trade_channel) return {"trade"};
    if (channel == settings.book_stream) return {"book_delta"};
    switch (name.channel) {
        case Channel::kBookTicker:
            return {"bbo"};
        case Channel::kTicker:
            return {"ticker"};
        case Channel::kKline:
            return {"kline"};
        case Channel::kMarkPrice:
            return {"mark_price", "funding_rate"};
        case Channel::kForceOrder:
            return {"liquidation"};
        default:
            return {};
    }
}

// Decides what a collector asks for; only that is waited for before the replay starts.
void Loader::Settle() {
    VenueEntry& settings = out_.settings;
    std::set<Channel> channels;
    for (const auto& [stream, name] : names_) channels.insert(name.channel);
    if (!channels.contains(Channel::kTrade) && channels.contains(Channel::kAggTrade)) {
        settings.trade_channel = "aggTrade";
    }
    settings.book_stream = BookStream();
    for (const auto& [stream, name] : names_) {
        const auto types = TypesOf(name, std::string_view(stream).substr(stream.find('@') + 1));
        if (types.empty()) continue;
        settings.data_types.insert(types.begin(), types.end());
        if (name.channel == Channel::kKline) settings.kline_intervals.insert(name.interval);
        out_.recording.required_streams.push_back(loader_.streams().at(stream).number);
    }
    for (const int depth : {100, 500, 1000, 5000}) {
        settings.snapshot_depth = depth;
        if (static_cast<std::size_t>(depth) >= std::max<std::size_t>(deepest_snapshot_, 1000)) {
            break;
        }
    }
}

void Loader::NameInstruments() {
    for (const std::string& symbol : out_.recording.symbols) {
        if (!out_.exchange_info.Knows(symbol)) {
            const bool spot = IsSpot(*out_.market);
            auto guess = spot ? GuessAssets(symbol) : GuessContract(symbol);
            if (!guess) guess = Instrument{symbol, symbol, "UNKNOWN", 8, 8, spot ? "" : "PERP"};
            guess->price_digits = digits_[symbol].price;
            guess->quantity_digits = digits_[symbol].quantity;
            out_.exchange_info.Add(*guess);
            out_.remarks.push_back(Concat(
                "no recorded exchangeInfo for ",
                symbol,
                ": taken as ",
                guess->base,
                "/",
                guess->quote
            ));
        }
        out_.settings.symbols.push_back(out_.exchange_info.Find(symbol)->canonical());
    }
}

Result<LoadedRecording> Loader::Load(const std::vector<CaptureFile>& files) {
    MP_RETURN_IF_ERROR(loader_.Load(files));
    out_.recording = loader_.Take();
    out_.recording.make_book = MakeBook<TextBook>;
    Settle();
    NameInstruments();
    for (std::string& remark : loader_.Remarks()) out_.remarks.push_back(std::move(remark));
    return std::move(out_);
}

// The first market of the list that has messages.
const MarketKind& MarketOf(const std::vector<CaptureFile>& files) {
    std::set<std::string> found;
    for (const CaptureFile& file : files) {
        for (const CaptureLine& line : file.lines) {
            if (line.exchange == "binance" && line.transport == "ws") found.insert(line.market);
        }
    }
    for (const MarketKind* market : kMarketKinds) {
        if (found.contains(std::string(market->name))) return *market;
    }
    return kSpot;
}

}  // namespace

Result<LoadedRecording> LoadRecording(const std::string& path, Hub& hub) {
    const auto files = ReadCaptures(path, "exchangeinfo");
    if (!files.ok()) return files.status();
    return Loader(hub, MarketOf(*files)).Load(*files);
}

}  // namespace mp::sim::binance
