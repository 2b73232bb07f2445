#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exchange-sim/capture.hpp"
#include "exchange-sim/exchange.hpp"
#include "exchange-sim/stream_loader.hpp"
#include "exchange-sim/text.hpp"

namespace mp::sim {

// What is generated: the market's symbols, and each as the exchange lists it.
template <typename Instrument>
struct Listing {
    std::vector<SymbolSpec> specs;
    std::vector<Instrument> instruments;

    void Add(const SymbolSpec& spec, const Instrument& instrument) {
        specs.push_back(spec);
        instruments.push_back(instrument);
    }
};

// An exchange whose books begin in their streams, made of the Parts of its folder:
//   kName, kMarkets                 its name, and what a collector tells apart
//   Instrument, Instruments         what it lists
//   MarketFeed, TextBook, Venue     StreamFeed, RecordedBook and Venue
//   List(symbols, options)          the Listing of what is generated
//   EntryOf(market, options)        what of a generated market a collector asks for
//   ReadMessage(line)               of a capture, see StreamLoader
//   Guess(stream, symbol)           the instrument, where no recorded list names it; or nothing
//   Settle(streams, instruments, entries)   what of a recording a collector asks for
template <typename Parts>
class StreamExchange final : public Exchange {
  public:
    using Exchange::Exchange;

    void Generate(const std::vector<SymbolSpec>& symbols, double rate) override {
        auto listing = Parts::List(symbols, plant_.options);
        RecordedForm form;
        form.make_book = MakeBook<typename Parts::TextBook>;
        for (const auto& instrument : listing.instruments) {
            instruments_.Add(instrument);
            form.symbols.push_back(instrument.key());
        }
        Describe(listing.instruments);
        const MakeWriter make = [&](Market& market, auto wanted, auto out) {
            auto feed = std::make_unique<typename Parts::MarketFeed>(
                market, plant_.hub, listing.instruments, std::move(wanted), std::move(out)
            );
            feed_ = feed.get();
            return feed;
        };
        source_.Generate(std::move(listing.specs), make, std::move(form), rate);
        Open();
    }

    Status Load() override {
        const auto files = ReadCaptures(plant_.options.replay, "instruments");
        if (!files.ok()) return files.status();
        StreamLoader loader(
            plant_.hub,
            Parts::kName,
            "",
            Parts::ReadMessage,
            [this](const CaptureLine& line) {
                if (line.transport != "rest" || line.data_type != "instruments") return false;
                instruments_.AddRecorded(line.raw);
                return true;
            }
        );
        MP_RETURN_IF_ERROR(loader.Load(*files));
        NameInstruments(loader.streams());
        Tell(loader.Remarks());
        RecordedEntries entries(Parts::kName);
        Parts::Settle(loader.streams(), instruments_, entries);
        Recording recording = loader.Take();
        recording.make_book = MakeBook<typename Parts::TextBook>;
        recording.required_streams = entries.streams();
        entries_ = entries.Take();
        source_.Serve(std::move(recording), plant_.options.speed);
        Open();
        return OkStatus();
    }

    void SetListed(std::string_view symbol, bool listed) override {
        instruments_.SetListed(symbol, listed);
    }

  private:
    void NameInstruments(const StreamLoader::Streams& streams) {
        for (const auto& [name, stream] : streams) {
            if (instruments_.Find(stream.symbol) != nullptr) continue;
            const auto guess = Parts::Guess(name, stream.symbol);
            if (!guess) continue;
            instruments_.Add(*guess);
            Tell({Concat("no recorded instrument ", stream.symbol, ": made up")});
        }
    }

    void Describe(const std::vector<typename Parts::Instrument>& instruments) {
        for (const char* market : Parts::kMarkets) {
            VenueEntry entry = Parts::EntryOf(market, plant_.options);
            entry.exchange = Parts::kName;
            entry.market = market;
            entry.kline_intervals = {"1m"};
            for (const auto& instrument : instruments) {
                if (instrument.market() == market) entry.symbols.push_back(instrument.symbol);
            }
            if (!entry.symbols.empty()) entries_.push_back(std::move(entry));
        }
    }

    void Open() {
        const auto* feed = source_.replay() == nullptr ? feed_ : nullptr;
        venue_ = std::make_unique<typename Parts::Venue>(plant_, instruments_, source_, feed);
    }

    typename Parts::Instruments instruments_;
    typename Parts::MarketFeed* feed_ = nullptr;  // the source's
};

}  // namespace mp::sim
