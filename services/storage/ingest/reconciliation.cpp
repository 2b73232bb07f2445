#include "storage/ingest/reconciliation.hpp"

#include <cstdlib>

#include "wire/key_peek.hpp"

namespace mp::storage {
namespace {

const telemetry::Logger kLog{"storage.reconciliation"};
constexpr size_t kTypes = model::kDataTypes + 1;
// Claims, whose subject is not needed where they were read once.
constexpr std::string_view kReadBefore;

}  // namespace

template <typename Take>
void Reconciliation::Each(std::string_view subject, std::string_view payload, Take take) {
    if (!reader_.Open(payload).ok()) return take(AccountOfUnreadable(subject), 1);
    const auto instruments = reader_.instruments();
    counts_.assign(instruments.size() * kTypes, 0);
    for (const wire::BatchEntry& entry : reader_.entries()) {
        ++counts_[entry.instrument * kTypes + static_cast<size_t>(wire::PeekType(entry.event))];
    }
    for (size_t i = 0; i < counts_.size(); ++i) {
        if (counts_[i] == 0) continue;
        const auto type = static_cast<model::DataType>(i % kTypes);
        take(AccountOf(instruments[i / kTypes], type), counts_[i]);
    }
}

void Reconciliation::Arrived(std::string_view subject, std::string_view payload) {
    Each(subject, payload, [this](size_t account, uint32_t events) {
        Touch(account).received += events;
    });
}

void Reconciliation::Refused(std::string_view subject) {
    refused_.push_back(AccountOfUnreadable(subject));
}

void Reconciliation::Refused(const model::Instrument& instrument, std::string_view event) {
    refused_.push_back(AccountOf(instrument, wire::PeekType(event)));
}

void Reconciliation::CommitSucceeded() {
    for (const size_t account : refused_) ++Touch(account).elsewhere;
    refused_.clear();
}

void Reconciliation::SetAside(std::string_view payload) {
    Each(kReadBefore, payload, [this](size_t account, uint32_t events) {
        Touch(account).elsewhere += events;
    });
}

// What waited already has its place: as often as it comes again it is one too many.
void Reconciliation::Waits(std::string_view payload, bool again) {
    Each(kReadBefore, payload, [this, again](size_t account, uint32_t events) {
        Account& claims = Touch(account);
        if (again) {
            claims.received -= events;
        } else {
            claims.elsewhere += events;
        }
    });
}

void Reconciliation::WaitedBefore(std::string_view payload) {
    Each(kReadBefore, payload, [this](size_t account, uint32_t events) {
        Account& claims = Touch(account);
        claims.received += events;
        claims.elsewhere += events;
    });
}

void Reconciliation::WaitsNoLonger(std::string_view payload) {
    Each(kReadBefore, payload, [this](size_t account, uint32_t events) {
        Touch(account).elsewhere -= events;
    });
}

void Reconciliation::Forget(std::string_view payload) {
    Each(kReadBefore, payload, [this](size_t account, uint32_t events) {
        Account& claims = Touch(account);
        claims.received -= events;
        claims.elsewhere -= events;
    });
}

void Reconciliation::Settle() {
    for (const size_t touched : touched_) {
        Account& account = accounts_[touched];
        account.touched = false;
        const int64_t difference = DifferenceOf(account);
        if (difference != account.difference) Show(account, difference);
    }
    touched_.clear();
}

// Whatever the attempt did is where the next one begins.
void Reconciliation::Abandon() {
    for (const size_t touched : touched_) {
        Account& account = accounts_[touched];
        account.touched = false;
        account.base += account.difference - DifferenceOf(account);
    }
    touched_.clear();
    refused_.clear();
}

size_t Reconciliation::AccountOf(const model::Instrument& instrument, model::DataType type) {
    series_.instrument = instrument;
    series_.data_type = type;
    const auto known = index_.find(series_);
    return known != index_.end() ? known->second : NewAccount();
}

size_t Reconciliation::NewAccount() {
    const size_t place = accounts_.size();
    Account& account = accounts_.emplace_back();
    account.series = series_;
    index_.emplace(series_, place);
    const std::string& exchange = series_.instrument.exchange;
    const auto [total, first] = totals_.try_emplace({exchange, series_.data_type});
    if (first) {
        total->second.gauge = metrics_.Unaccounted(exchange, series_.data_type);
    }
    account.total = &total->second;
    account.base = TallyOf(account);
    return place;
}

// Nobody knows of which series it is.
size_t Reconciliation::AccountOfUnreadable(std::string_view subject) {
    const auto parts = model::ParseSubject(subject);
    model::Instrument instrument;
    instrument.exchange = parts ? std::string(parts->exchange) : "unknown";
    return AccountOf(instrument, parts ? parts->data_type : model::DataType::kUnspecified);
}

Reconciliation::Account& Reconciliation::Touch(size_t account) {
    Account& touched = accounts_[account];
    if (!touched.touched) touched_.push_back(account);
    touched.touched = true;
    return touched;
}

int64_t Reconciliation::TallyOf(Account& account) const {
    if (account.id == 0) account.id = engine_.Find(account.series).value_or(0);
    return account.id == 0 ? 0 : static_cast<int64_t>(engine_.TallyOf(account.id).sum());
}

int64_t Reconciliation::DifferenceOf(Account& account) const {
    return account.received - account.elsewhere - (TallyOf(account) - account.base);
}

void Reconciliation::Show(Account& account, int64_t difference) {
    Total& total = *account.total;
    total.difference -= static_cast<uint64_t>(std::abs(account.difference));
    total.difference += static_cast<uint64_t>(std::abs(difference));
    // Those who read other shards of the stream count there, too.
    total.gauge.Add(static_cast<double>(std::abs(difference) - std::abs(account.difference)));
    account.difference = difference;
    if (const auto more = throttle_.Allow()) {
        kLog.Error(
            "what was received is not accounted for",
            {{"exchange", account.series.instrument.exchange},
             {"market", model::ToString(account.series.instrument.market)},
             {"symbol", account.series.instrument.symbol},
             {"data_type", model::ToString(account.series.data_type)},
             {"difference", difference},
             {"more", *more}}
        );
    }
}

uint64_t Reconciliation::difference() const {
    uint64_t sum = 0;
    for (const auto& [key, total] : totals_) sum += total.difference;
    return sum;
}

}  // namespace mp::storage
