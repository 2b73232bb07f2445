#pragma once
// Whether all that was received is accounted for, series by series:
//
//   received = what the engine says that it stored, knew already or found contradicting
//            + what became a dead letter + claims that wait for the data before them
//
// The two sides are counted apart: what is received when a message arrives, by a reader of its own
// and before anything is made of it; what became of it by the engine's own tally. Whatever is lost
// in between is a difference, which stays until the process ends. What failed and comes again is in
// flight and counts on neither side.
//
// On the ingest's thread. The metric is the sum of all series' differences of an exchange and data
// type, each without its sign; the log names the series.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/instrument.hpp"
#include "storage/engine.hpp"
#include "storage/metrics.hpp"
#include "telemetry/logging.hpp"
#include "wire/batch.hpp"

namespace mp::storage {

class Reconciliation {
  public:
    // Both outlive it.
    Reconciliation(const Engine& engine, const StorageMetrics& metrics)
        : engine_(engine), metrics_(metrics) {}

    // A message that is about to be handled.
    void Arrived(std::string_view subject, std::string_view payload);
    // All that arrived since the last Settle or Abandon has its end: compares.
    void Settle();
    // It has not, and comes again.
    void Abandon();

    // What becomes a dead letter if the commit at hand succeeds: a whole message, or one event.
    void Refused(std::string_view subject);
    void Refused(const model::Instrument& instrument, std::string_view event);
    void CommitBegins() { refused_.clear(); }
    void CommitSucceeded();
    // A message that the store is too damaged for.
    void SetAside(std::string_view payload);

    // A message with claims waits, as one that arrived (`again`: it waited already), or as one that
    // was waiting when this began; it does not wait any more; nobody waits for it any more.
    void Waits(std::string_view payload, bool again);
    void WaitedBefore(std::string_view payload);
    void WaitsNoLonger(std::string_view payload);
    void Forget(std::string_view payload);

    // Received and not accounted for, of all series together, each without its sign.
    uint64_t difference() const;

  private:
    // Of all series of an exchange and data type.
    struct Total {
        telemetry::Gauge gauge;
        uint64_t difference = 0;
    };
    struct Account {
        model::Series series;
        SeriesId id = 0;  // 0: the engine does not know it yet
        // Differences of counters: only their sum means something.
        int64_t received = 0;
        int64_t elsewhere = 0;  // dead letters and what waits
        int64_t base = 0;       // the engine's tally that is accounted for otherwise
        int64_t difference = 0;
        bool touched = false;
        Total* total = nullptr;
    };

    size_t AccountOf(const model::Instrument& instrument, model::DataType type);
    size_t NewAccount();
    size_t AccountOfUnreadable(std::string_view subject);
    Account& Touch(size_t account);
    // Calls `take(account, count)` for each series in a message.
    template <typename Take>
    void Each(std::string_view subject, std::string_view payload, Take take);
    int64_t TallyOf(Account& account) const;
    int64_t DifferenceOf(Account& account) const;
    void Show(Account& account, int64_t difference);

    const Engine& engine_;
    const StorageMetrics& metrics_;
    telemetry::LogThrottle throttle_;
    std::vector<Account> accounts_;
    std::unordered_map<model::Series, size_t> index_;
    std::map<std::pair<std::string, model::DataType>, Total> totals_;
    std::vector<size_t> touched_;
    std::vector<size_t> refused_;  // accounts, an event each
    model::Series series_;         // that is looked up; keeps its room
    wire::BatchReader reader_;
    std::vector<uint32_t> counts_;  // of the message at hand: instrument x data type
};

}  // namespace mp::storage
