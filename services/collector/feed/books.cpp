#include "collector/feed/books.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "base/time.hpp"
#include "collector/book/book_audit.hpp"
#include "model/ahead.hpp"
#include "reliability/backoff.hpp"
#include "reliability/error_class.hpp"
#include "reliability/retry_after.hpp"
#include "runtime/condition.hpp"
#include "runtime/sleep.hpp"
#include "telemetry/logging.hpp"

namespace mp::collector {
namespace {

using namespace std::chrono_literals;

const telemetry::Logger kLog{"collector.books"};

// Thousands of books may wait for their turn in the venue's budget.
constexpr Duration kTurn = 30min;
// A snapshot that the stream gives comes at once, or the subscription is not answered.
constexpr Duration kStreamAnswer = 10s;
constexpr Duration kAuditTurn = 5s;
// A book that nothing happens to cannot be compared, nor need it be.
constexpr Duration kAuditPatience = 30s;
constexpr reliability::BackoffConfig kRetry{500ms, 30s, reliability::Jitter::kDecorrelated};

// The answer must not stand at a time that has not come: no update could follow it.
Result<SnapshotData> ReadSnapshot(const Venue& venue, const RestAnswer& answer) {
    auto snapshot = venue.ParseBook(answer.body);
    if (snapshot.ok() && snapshot->time && model::IsAhead(*snapshot->time, answer.received_ts)) {
        return absl::DataLossError("a snapshot ahead of time: " + FormatTime(*snapshot->time));
    }
    return snapshot;
}

// The levels of one side that belong to a part.
std::span<const model::Level> Slice(
    std::span<const model::Level> side, size_t part, size_t per_part
) {
    const size_t from = std::min(part * per_part, side.size());
    return side.subspan(from, std::min(per_part, side.size() - from));
}

}  // namespace

class Books::Book final : private BookKeeper::Output {
  public:
    Book(
        Books& books,
        InstrumentId instrument,
        const model::Instrument& name,
        model::QuantityUnit unit
    )
        : keeper(books.venue_.book_rule(), books.config_.limits, *this),
          books_(books),
          instrument_(instrument),
          name_(name),
          unit_(unit) {}

    InstrumentId instrument() const { return instrument_; }
    const model::Instrument& name() const { return name_; }
    model::QuantityUnit unit() const { return unit_; }

    BookKeeper keeper;
    runtime::Condition seeded;  // by the stream
    bool seeding = false;
    bool asked_stream = false;  // the last attempt to get a snapshot
    bool removed = false;
    uint64_t resyncs = 0;
    BookKeeper::Stats counted;  // what metrics have been told
    std::optional<BookAudit> audit;
    std::optional<size_t> differences;  // what the audit found
    runtime::Condition audited;
    Nanos snapshot_received_ts = 0;  // of the venue's snapshot that it was last given

    // Whether there is nothing more to wait for.
    bool AuditEnded() {
        if (audit && !differences) differences = audit->Compare(keeper);
        return removed || differences || !audit || audit->failed();
    }

    void Take(
        const model::BookDelta& delta, const model::Event& event, std::optional<uint32_t> checksum
    ) {
        at_hand_ = {delta.last_update_id, event.order_ts, event.received_ts};
        keeper.OnDelta(delta, event.order_ts, checksum);
        if (keeper.state() != BookKeeper::State::kWaiting) return waiting_.clear();
        if (waiting_.size() >= books_.config_.limits.max_kept_deltas) waiting_.pop_front();
        waiting_.push_back(at_hand_);
    }

  private:
    // A delta that the keeper was given.
    struct Given {
        uint64_t last_update_id = 0;
        Nanos order_ts = 0;
        Nanos received_ts = 0;
    };

    // Of the delta that the keeper has just applied: one that waited, or the one at hand.
    Nanos ReceivedAt(Nanos order_ts) {
        while (!waiting_.empty()) {
            const Given given = waiting_.front();
            waiting_.pop_front();
            const bool same_id = given.last_update_id == keeper.last_update_id();
            if (same_id && given.order_ts == order_ts) return given.received_ts;
        }
        return at_hand_.received_ts;
    }

    void OnSnapshot(const model::BookSnapshot& snapshot, Nanos order_ts) override {
        books_.Emit(instrument_, snapshot, order_ts, snapshot_received_ts);
        derived_at_ = order_ts;
        deltas_ = 0;
    }

    void OnApplied(Nanos order_ts) override {
        const BooksConfig& config = books_.config_;
        const Nanos received_ts = ReceivedAt(order_ts);
        if (derived_at_ == 0) derived_at_ = order_ts;
        const bool due = order_ts - derived_at_ >= config.derived_interval.count();
        if (++deltas_ < config.derived_deltas && !due) return;
        books_.Emit(instrument_, keeper.Derive(), order_ts, received_ts);
        derived_at_ = order_ts;
        deltas_ = 0;
    }

    Books& books_;
    const InstrumentId instrument_;
    const model::Instrument& name_;
    const model::QuantityUnit unit_;
    Nanos derived_at_ = 0;
    uint64_t deltas_ = 0;
    Given at_hand_;
    std::deque<Given> waiting_;  // for a snapshot, as the keeper has them
};

Books::Books(
    const Venue& venue,
    RestClient& rest,
    runtime::TaskGroup& group,
    std::string exchange,
    BooksConfig config,
    CollectorMetrics& metrics,
    Publish publish,
    Reseed reseed
)
    : venue_(venue),
      rest_(rest),
      group_(group),
      exchange_(std::move(exchange)),
      config_(config),
      metrics_(metrics),
      publish_(std::move(publish)),
      reseed_(std::move(reseed)) {}

Books::~Books() = default;

void Books::Add(InstrumentId instrument, const model::Instrument& name, model::QuantityUnit unit) {
    if (books_.size() <= instrument) books_.resize(instrument + 1);
    if (books_[instrument]) return;
    books_[instrument] = std::make_shared<Book>(*this, instrument, name, unit);
}

void Books::Remove(InstrumentId instrument) {
    if (Book* book = BookOf(instrument)) {
        book->removed = true;
        book->audited.NotifyAll();
        books_[instrument].reset();
    }
}

Books::Book* Books::BookOf(InstrumentId instrument) const {
    return instrument < books_.size() ? books_[instrument].get() : nullptr;
}

void Books::OnDelta(
    InstrumentId instrument,
    const model::BookDelta& delta,
    const model::Event& event,
    const ChainLink* link
) {
    Book* book = BookOf(instrument);
    if (book == nullptr) return;
    book->Take(delta, event, link == nullptr ? std::nullopt : link->checksum);
    if (book->audit) {
        book->audit->OnDelta(delta, event.order_ts);
        if (book->AuditEnded()) book->audited.NotifyAll();
    }
    CountChecks(*book);
    if (book->keeper.state() == BookKeeper::State::kWaiting && !book->seeding) NeedSnapshot(*book);
}

void Books::OnBbo(InstrumentId instrument, const model::Bbo& bbo) {
    Book* book = BookOf(instrument);
    if (book == nullptr) return;
    if (book->keeper.OnBbo(bbo)) {
        kLog.Error("a book contradicts the venue's best quote", {{"symbol", book->name().symbol}});
        NeedSnapshot(*book);
    }
    CountChecks(*book);
}

void Books::CountChecks(Book& book) {
    const BookKeeper::Stats& stats = book.keeper.stats();
    if (stats.checks == book.counted.checks) return;
    metrics_.BookChecked(exchange_, stats.mismatches == book.counted.mismatches);
    book.counted = stats;
}

void Books::OnStreamSnapshot(
    InstrumentId instrument,
    const model::BookSnapshot& snapshot,
    const model::Event& event,
    const ChainLink* link
) {
    Book* book = BookOf(instrument);
    if (book == nullptr) return;
    SnapshotData data;
    data.last_update_id = snapshot.last_update_id;
    data.epoch = snapshot.epoch;
    data.quantity_unit = snapshot.quantity_unit;
    data.time = event.order_ts;
    data.bids.assign(snapshot.bids.begin(), snapshot.bids.end());
    data.asks.assign(snapshot.asks.begin(), snapshot.asks.end());
    data.checksum = link == nullptr ? std::nullopt : link->checksum;
    data.live = true;
    book->snapshot_received_ts = event.received_ts;
    const bool waited = book->keeper.state() == BookKeeper::State::kWaiting;
    stream_event_ = &event;
    const bool wrong = book->keeper.OnSnapshot(data);
    stream_event_ = nullptr;
    CountChecks(*book);
    if (wrong) return NeedSnapshot(*book);
    book->seeded.NotifyAll();
    if (!waited) return;
    ++book->resyncs;
    metrics_.Resynced(exchange_);
}

void Books::OnLost(InstrumentId instrument) {
    if (Book* book = BookOf(instrument)) book->keeper.Invalidate();
}

void Books::NeedSnapshot(Book& book) {
    if (book.seeding) return;
    const auto owner = std::find_if(books_.begin(), books_.end(), [&](const auto& candidate) {
        return candidate.get() == &book;
    });
    const Status spawned = group_.Spawn(Seed(*owner));
    book.seeding = spawned.ok();
}

// One after the other until the book is in step with its stream.
Task<Status> Books::Seed(std::shared_ptr<Book> book) {
    reliability::Backoff backoff(kRetry);
    while (!book->removed && book->keeper.state() == BookKeeper::State::kWaiting) {
        Duration wait = backoff.Next();
        const bool seeded = co_await TrySeed(*book, wait);
        if (seeded) break;
        (void)co_await book->seeded.Wait(Deadline::After(wait));
    }
    book->seeding = false;
    book->asked_stream = false;
    co_return OkStatus();
}

// Where the stream gave none, the venue may have one by REST; one after the other.
bool Books::AsksStream(Book& book) const {
    if (venue_.book_rule().seed() != BookSeed::kStream) return false;
    book.asked_stream = !book.asked_stream || venue_.BookCall(book.name()).target.empty();
    return book.asked_stream;
}

Task<bool> Books::TrySeed(Book& book, Duration& wait) {
    if (AsksStream(book)) {
        reseed_(book.instrument());
        wait = std::max(wait, kStreamAnswer);
        co_return false;
    }
    const auto answer = co_await rest_.Get(venue_.BookCall(book.name()), Deadline::After(kTurn));
    if (!answer.ok()) {
        kLog.Warn("no snapshot", {{"symbol", book.name().symbol}, {"reason", answer.status()}});
        wait = std::max(wait, reliability::RetryAfterOf(answer.status()).value_or(wait));
        co_return false;
    }
    auto snapshot = ReadSnapshot(venue_, *answer);
    if (!snapshot.ok()) {
        metrics_.Failed(exchange_, reliability::ErrorClass::kData);
        kLog.Warn("bad snapshot", {{"symbol", book.name().symbol}, {"reason", snapshot.status()}});
        co_return false;
    }
    if (book.removed) co_return true;
    snapshot->quantity_unit = book.unit();
    book.snapshot_received_ts = answer->received_ts;
    const bool too_old = book.keeper.OnSnapshot(*snapshot);
    if (too_old) co_return false;
    ++book.resyncs;
    metrics_.Resynced(exchange_);
    co_return true;
}

size_t Books::Count() const {
    return static_cast<size_t>(std::count_if(books_.begin(), books_.end(), [](const auto& book) {
        return book != nullptr;
    }));
}

// In turn, so that each has its own within the interval.
std::shared_ptr<Books::Book> Books::NextAudited(size_t& at) const {
    for (size_t i = 0; i < books_.size(); ++i) {
        const auto& book = books_[at++ % books_.size()];
        if (book != nullptr && book->keeper.state() == BookKeeper::State::kSynced) return book;
    }
    return nullptr;
}

Task<Status> Books::Audit() {
    size_t at = 0;
    for (;;) {
        const Duration pause = config_.audit_interval / std::max<size_t>(1, Count());
        co_await runtime::Sleep(pause);
        if (auto book = NextAudited(at)) co_await AuditOne(std::move(book));
    }
}

// A book is thrown away only where a second snapshot says the same: it may be the snapshot.
Task<> Books::AuditOne(std::shared_ptr<Book> book) {
    if (venue_.BookCall(book->name()).target.empty()) co_return;
    for (int opinions = 0; opinions < 2; ++opinions) {
        book->differences.reset();
        book->audit.emplace(venue_.book_rule(), config_.limits);
        co_await Decide(*book);
        book->audit.reset();
        metrics_.BookAudited(exchange_, book->differences);
        const size_t differences = book->differences.value_or(0);
        if (differences == 0 || book->removed) co_return;
        kLog.Warn(
            "a book differs from a fresh snapshot",
            {{"symbol", book->name().symbol}, {"levels", differences}}
        );
    }
    kLog.Error("a book is wrong and is made anew", {{"symbol", book->name().symbol}});
    book->keeper.Contradict();
    if (!book->seeding) NeedSnapshot(*book);
}

// Leaves what the audit found in the book.
Task<> Books::Decide(Book& book) {
    // What others need comes first: an audit does not wait for a crowded budget.
    const Deadline soon = Deadline::After(kAuditTurn);
    const auto answer = co_await rest_.Get(venue_.BookCall(book.name()), soon);
    if (!answer.ok()) co_return;
    auto snapshot = ReadSnapshot(venue_, *answer);
    if (!snapshot.ok()) {
        metrics_.Failed(exchange_, reliability::ErrorClass::kData);
        co_return;
    }
    snapshot->quantity_unit = book.unit();
    book.audit->OnSnapshot(*snapshot);
    const auto ended = [&book] { return book.AuditEnded(); };
    (void)co_await book.audited.Until(ended, Deadline::After(kAuditPatience));
}

void Books::Emit(
    InstrumentId instrument, const model::BookSnapshot& snapshot, Nanos order_ts, Nanos received_ts
) {
    const size_t per_part = config_.max_levels_per_part;
    const size_t levels = std::max(snapshot.bids.size(), snapshot.asks.size());
    const size_t parts = std::max<size_t>(1, (levels + per_part - 1) / per_part);
    model::Event event;
    event.order_ts = order_ts;
    event.received_ts = received_ts;
    if (stream_event_ != nullptr && snapshot.origin == model::SnapshotOrigin::kVenue) {
        event.exchange_ts = stream_event_->exchange_ts;
    }
    for (size_t part = 0; part < parts; ++part) {
        model::BookSnapshot piece = snapshot;
        piece.bids = Slice(snapshot.bids, part, per_part);
        piece.asks = Slice(snapshot.asks, part, per_part);
        piece.part = static_cast<uint32_t>(part);
        piece.parts = parts > 1 ? static_cast<uint32_t>(parts) : 0;
        event.body = piece;
        publish_(instrument, event);
    }
}

const BookKeeper* Books::Find(InstrumentId instrument) const {
    const Book* book = BookOf(instrument);
    return book == nullptr ? nullptr : &book->keeper;
}

uint64_t Books::resyncs(InstrumentId instrument) const {
    const Book* book = BookOf(instrument);
    return book == nullptr ? 0 : book->resyncs;
}

}  // namespace mp::collector
