#include "exchange-sim/binance/recording.hpp"

#include <algorithm>

#include "exchange-sim/binance/message_name.hpp"
#include "exchange-sim/binance/stream_name.hpp"
#include "exchange-sim/binance/text_book.hpp"
#include "exchange-sim/capture.hpp"
#include "exchange-sim/decimal_text.hpp"
#include "exchange-sim/json_text.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim::binance {
namespace {

std::string SymbolOfUrl(std::string_view url) {
    const std::size_t at = url.find("symbol=");
    if (at == std::string_view::npos) return "";
    const std::string_view rest = url.substr(at + 7);
    return Upper(rest.substr(0, rest.find('&')));
}

// Collects the items of several files and what has to be known about all of them together.
class Loader {
  public:
    Loader(Hub& hub, const MarketKind& market) : hub_(hub) {
        out_.recording.make_book = MakeBook<TextBook>;
        out_.market = &market;
        out_.settings.exchange = "binance";
        out_.settings.market = market.name;
        out_.settings.book_stream = "depth@100ms";
    }

    Status AddFile(const std::string& file, const std::vector<CaptureLine>& lines);
    Result<LoadedRecording> Finish();

  private:
    struct Digits {
        int price = 0;
        int quantity = 0;
    };

    void AddLine(const CaptureLine& line);
    void AddMessage(const CaptureLine& line);
    void AddRest(const CaptureLine& line);
    void AddSnapshot(const std::string& symbol, const CaptureLine& line);
    Status CheckYears(const std::string& file);
    void AssignUnnamedSnapshots();
    std::uint32_t SymbolIndex(const std::string& symbol);
    void NoteYear(const std::string& symbol, std::string_view payload, std::int64_t recv_ns);
    void NoteDigits(const std::string& symbol, Channel channel, std::string_view payload);
    void NoteLevels(Digits& digits, std::string_view levels);
    void NoteStream(const StreamName& name, std::uint32_t stream);
    std::string BookStream() const;
    std::vector<const char*> TypesOf(const StreamName& name, std::string_view channel) const;
    void Settle();
    void NameInstruments();

    Hub& hub_;
    LoadedRecording out_;
    std::map<std::string, std::uint32_t> symbols_;
    std::map<std::string, Digits> digits_;
    std::map<std::string, int> file_years_;  // of the file being read
    std::map<std::string, int> years_;
    std::vector<std::size_t> unnamed_;  // snapshots without a symbol in this file
    std::map<std::uint32_t, StreamName> streams_;
    std::map<std::string, std::size_t> skipped_;
    std::size_t deepest_snapshot_ = 0;
};

Status Loader::AddFile(const std::string& file, const std::vector<CaptureLine>& lines) {
    file_years_.clear();
    unnamed_.clear();
    for (const CaptureLine& line : lines) AddLine(line);
    AssignUnnamedSnapshots();
    return CheckYears(file);
}

void Loader::AddLine(const CaptureLine& line) {
    if (line.direction != "in") return;
    if (line.exchange != "binance" || line.market != out_.market->name) {
        ++skipped_[Concat("of ", line.exchange, " ", line.market)];
    } else if (line.transport == "rest") {
        AddRest(line);
    } else {
        AddMessage(line);
    }
}

void Loader::AddRest(const CaptureLine& line) {
    if (line.data_type == "instruments") {
        out_.exchange_info.AddRecorded(line.raw);
    } else if (!FindValue(line.raw, "lastUpdateId").empty()) {
        AddSnapshot(SymbolOfUrl(line.url_or_stream), line);
    } else {
        ++skipped_[Concat("REST answers of ", line.channel)];
    }
}

void Loader::AddSnapshot(const std::string& symbol, const CaptureLine& line) {
    Recording::Item item;
    item.snapshot = true;
    item.raw = line.raw;
    item.recv_ns = line.recv_ns;
    if (symbol.empty()) {
        unnamed_.push_back(out_.recording.items.size());
    } else {
        item.symbol = SymbolIndex(symbol);
    }
    for (const char* side : {"bids", "asks"}) {
        std::size_t levels = 0;
        ForEachElement(FindValue(line.raw, side), [&levels](std::string_view) { ++levels; });
        deepest_snapshot_ = std::max(deepest_snapshot_, levels);
    }
    out_.recording.items.push_back(std::move(item));
}

// Files of one symbol carry their snapshot without its URL.
void Loader::AssignUnnamedSnapshots() {
    const bool one_symbol = file_years_.size() == 1;
    for (auto at = unnamed_.rbegin(); at != unnamed_.rend(); ++at) {
        auto& items = out_.recording.items;
        if (one_symbol) {
            items[*at].symbol = SymbolIndex(file_years_.begin()->first);
        } else {
            items.erase(items.begin() + static_cast<std::ptrdiff_t>(*at));
            ++skipped_["snapshots whose symbol is unknown"];
        }
    }
}

void Loader::AddMessage(const CaptureLine& line) {
    const NamedMessage message = NameMessage(line);
    const auto name = StreamName::Parse(message.stream);
    if (!name || KindOf(name->channel) == FrameKind::kOther) {
        // A snapshot that was filed under the socket.
        if (message.stream.empty() && !FindValue(line.raw, "lastUpdateId").empty()) {
            return AddSnapshot("", line);
        }
        ++skipped_[Concat("of no served stream (", line.channel, ")")];
        return;
    }
    const std::string wrapped =
        message.wrapped ? line.raw
                        : Concat("{\"stream\":\"", message.stream, "\",\"data\":", line.raw, "}");
    const std::string identity = IdentityOf(name->channel, message.payload);
    Frame frame;
    frame.stream = hub_.StreamOf(message.stream);
    frame.kind = KindOf(name->channel);
    frame.stream_name = hub_.Name(frame.stream);
    frame.symbol = name->symbol;
    frame.wrapped = wrapped;
    frame.payload_size = static_cast<std::uint32_t>(message.payload.size());
    frame.payload_begin = static_cast<std::uint32_t>(
        message.wrapped ? message.payload.data() - line.raw.data()
                        : static_cast<std::ptrdiff_t>(wrapped.size() - 1 - line.raw.size())
    );
    frame.identity = identity;
    frame.recorded_ns = line.recv_ns;

    Recording::Item item;
    item.symbol = SymbolIndex(name->symbol);
    item.frame = StoredFrame(frame);
    item.recv_ns = line.recv_ns;
    out_.recording.items.push_back(std::move(item));
    NoteYear(name->symbol, message.payload, line.recv_ns);
    NoteDigits(name->symbol, name->channel, message.payload);
    NoteStream(*name, frame.stream);
}

std::uint32_t Loader::SymbolIndex(const std::string& symbol) {
    const auto [at, is_new] =
        symbols_.emplace(symbol, static_cast<std::uint32_t>(out_.recording.symbols.size()));
    if (is_new) out_.recording.symbols.push_back(symbol);
    return at->second;
}

void Loader::NoteYear(const std::string& symbol, std::string_view payload, std::int64_t recv_ns) {
    const std::int64_t millis = FindInteger(payload, "E").value_or(recv_ns / 1'000'000);
    file_years_.emplace(symbol, millis > 0 ? YearOf(millis) : 0);
}

Status Loader::CheckYears(const std::string& file) {
    for (const auto& [symbol, year] : file_years_) {
        const int first = years_.emplace(symbol, year).first->second;
        if (first == year || first == 0 || year == 0) continue;
        return DifferentYears(symbol, first, file, year);
    }
    return OkStatus();
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

void Loader::NoteStream(const StreamName& name, std::uint32_t stream) {
    streams_.emplace(stream, name);
}

// The one of several book streams that a collector asks for.
std::string Loader::BookStream() const {
    std::set<std::string> found;
    for (const auto& [stream, name] : streams_) {
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
    for (const auto& [stream, name] : streams_) channels.insert(name.channel);
    if (!channels.contains(Channel::kTrade) && channels.contains(Channel::kAggTrade)) {
        settings.trade_channel = "aggTrade";
    }
    settings.book_stream = BookStream();
    for (const auto& [stream, name] : streams_) {
        const std::string_view text = hub_.Name(stream);
        const auto types = TypesOf(name, text.substr(text.find('@') + 1));
        if (types.empty()) continue;
        settings.data_types.insert(types.begin(), types.end());
        if (name.channel == Channel::kKline) settings.kline_intervals.insert(name.interval);
        out_.recording.required_streams.push_back(stream);
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

Result<LoadedRecording> Loader::Finish() {
    if (streams_.empty()) {
        return absl::InvalidArgumentError("the capture holds no Binance stream");
    }
    Settle();
    NameInstruments();
    for (const auto& [why, count] : skipped_) {
        out_.remarks.push_back(Concat("left out ", count, " lines ", why));
    }
    return std::move(out_);
}

// The first market of the list that has messages.
const MarketKind& MarketOf(const std::vector<std::vector<CaptureLine>>& files) {
    std::set<std::string> found;
    for (const auto& lines : files) {
        for (const CaptureLine& line : lines) {
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
    auto files = CaptureFiles(path);
    if (!files.ok()) return files.status();
    if (files->size() == 1) {
        const std::string sibling = SiblingOf(files->front(), "exchangeinfo");
        if (!sibling.empty()) files->push_back(sibling);
    }
    std::vector<std::vector<CaptureLine>> lines;
    for (const std::string& file : *files) {
        auto read = ReadCapture(file);
        if (!read.ok()) return read.status();
        lines.push_back(*std::move(read));
    }
    Loader loader(hub, MarketOf(lines));
    for (std::size_t i = 0; i < files->size(); ++i) {
        MP_RETURN_IF_ERROR(loader.AddFile((*files)[i], lines[i]));
    }
    return loader.Finish();
}

}  // namespace mp::sim::binance
