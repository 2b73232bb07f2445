#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mp::sim::binance {

struct Instrument {
    std::string symbol;  // BTCUSDT
    std::string base;
    std::string quote;
    int price_digits = 8;     // tick size = 10^-digits
    int quantity_digits = 8;  // step size
    std::string expiry = {};  // of contracts: "PERP", or the day of delivery as 20211231

    std::string canonical() const {
        return base + "-" + quote + (expiry.empty() ? "" : "-" + expiry);
    }
};

// Splits a venue symbol by the table of known quote assets; nullopt where none fits.
std::optional<Instrument> GuessAssets(std::string_view symbol);
// Likewise of a contract: BTCUSDT, BTCUSD_PERP, BTCUSD_211231.
std::optional<Instrument> GuessContract(std::string_view symbol);

// What .../exchangeInfo answers: generated entries, or those of a recorded answer, unchanged.
class ExchangeInfo {
  public:
    void Add(const Instrument& instrument);
    // What is not listed is left out where no symbols are named.
    void SetListed(std::string_view symbol, bool listed);
    void AddRecorded(std::string_view answer);

    bool Knows(std::string_view symbol) const { return entries_.contains(symbol); }
    const Instrument* Find(std::string_view symbol) const;
    const std::vector<std::string>& symbols() const { return order_; }

    // All symbols in their order, or only `symbols`, which must be known.
    std::string Render(const std::vector<std::string>& symbols, int weight_limit) const;

  private:
    struct Entry {
        Instrument instrument;
        std::string json;
    };

    void Insert(Entry entry);

    std::map<std::string, Entry, std::less<>> entries_;
    std::vector<std::string> order_;
    std::set<std::string, std::less<>> unlisted_;
};

}  // namespace mp::sim::binance
