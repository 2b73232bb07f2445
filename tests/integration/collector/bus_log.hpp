#pragma once
// Everything that is in MARKET_DATA, read with an ordered consumer and kept as text.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bus/connection.hpp"
#include "bus/ordered_consumer.hpp"
#include "model/coverage.hpp"
#include "model/event.hpp"
#include "testing/run_task.hpp"
#include "wire/batch.hpp"
#include "wire/event_codec.hpp"

namespace mp::collector_test {

struct StoredEvent {
    std::string content;
    Nanos order_ts = 0;
    Nanos exchange_ts = 0;  // 0: none
    uint64_t sequence = 0;  // of the stream
    int times = 0;          // how often it is in the stream
};

struct StoredSeries {
    std::map<std::string, StoredEvent> events;  // by identity
    model::CoverageSet coverage;
    std::vector<std::string> gaps;  // "reason missing from-to" of open records
    int repeats = 0;
};

class BusLog {
  public:
    explicit BusLog(const std::string& url);

    // Reads on until the condition holds; false when it does not within the limit.
    bool WaitFor(const std::function<bool()>& condition, Duration limit);

    // By venue symbol and data type.
    StoredSeries& Of(const std::string& symbol, const std::string& type) {
        return series_[symbol + " " + type];
    }
    const std::map<std::string, StoredSeries>& all() const { return series_; }
    const std::vector<std::string>& faults() const { return faults_; }
    uint64_t batches() const { return batches_; }

  private:
    void Take(std::span<bus::StreamMessage> messages);
    void Take(const model::Instrument& instrument, const model::Event& event, uint64_t sequence);

    testing::TaskRunner runner_;
    bus::Connection connection_;
    std::unique_ptr<bus::OrderedConsumer> consumer_;
    wire::BatchReader reader_;
    wire::EventDecoder decoder_;
    std::map<std::string, StoredSeries> series_;
    std::vector<std::string> faults_;  // what must never be in the stream
    uint64_t batches_ = 0;
};

}  // namespace mp::collector_test
