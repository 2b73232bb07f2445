#pragma once
// The books of one feed: keeps each right, fetches snapshots where the venue seeds by REST, and
// emits snapshots of its own at a steady pace. One executor's thread.

#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/duration.hpp"
#include "collector/book/book_keeper.hpp"
#include "collector/feed/feed_config.hpp"
#include "collector/feed/rest_client.hpp"
#include "collector/metrics.hpp"
#include "collector/venues/venue.hpp"
#include "runtime/task_group.hpp"

namespace mp::collector {

class Books {
  public:
    // Publishes a snapshot event of an instrument.
    using Publish = std::function<void(InstrumentId instrument, const model::Event& event)>;
    // Has the stream begin anew, with a snapshot, where the venue seeds books by it.
    using Reseed = std::function<void(InstrumentId instrument)>;

    // Everything outlives it. `group` runs the fetches.
    Books(
        const Venue& venue,
        RestClient& rest,
        runtime::TaskGroup& group,
        std::string exchange,
        BooksConfig config,
        CollectorMetrics& metrics,
        Publish publish,
        Reseed reseed
    );
    ~Books();

    // Compares one book after the other with a fresh snapshot, until cancelled.
    Task<Status> Audit();

    void Add(InstrumentId instrument, const model::Instrument& name, model::QuantityUnit unit);
    void Remove(InstrumentId instrument);

    // A delta that came as `event`. `link`: as it came with, if it did.
    void OnDelta(
        InstrumentId instrument,
        const model::BookDelta& delta,
        const model::Event& event,
        const ChainLink* link
    );
    void OnBbo(InstrumentId instrument, const model::Bbo& bbo);
    // A snapshot that came on the stream, as `event`.
    void OnStreamSnapshot(
        InstrumentId instrument,
        const model::BookSnapshot& snapshot,
        const model::Event& event,
        const ChainLink* link
    );
    // A delta was unreadable.
    void OnLost(InstrumentId instrument);

    // Null where there is no book.
    const BookKeeper* Find(InstrumentId instrument) const;
    uint64_t resyncs(InstrumentId instrument) const;

  private:
    class Book;

    Book* BookOf(InstrumentId instrument) const;
    void NeedSnapshot(Book& book);
    void CountChecks(Book& book);
    Task<Status> Seed(std::shared_ptr<Book> book);
    std::shared_ptr<Book> NextAudited(size_t& at) const;
    size_t Count() const;
    Task<> AuditOne(std::shared_ptr<Book> book);
    Task<> Decide(Book& book);
    Task<bool> TrySeed(Book& book, Duration& wait);
    bool AsksStream(Book& book) const;
    void Emit(
        InstrumentId instrument,
        const model::BookSnapshot& snapshot,
        Nanos order_ts,
        Nanos received_ts
    );

    const Venue& venue_;
    RestClient& rest_;
    runtime::TaskGroup& group_;
    const std::string exchange_;
    const BooksConfig config_;
    CollectorMetrics& metrics_;
    const Publish publish_;
    const Reseed reseed_;
    const model::Event* stream_event_ = nullptr;  // the snapshot being handed over
    std::vector<std::shared_ptr<Book>> books_;    // by instrument; shared with the fetch under way
};

}  // namespace mp::collector
