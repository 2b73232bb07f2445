#include "chaos-source/compare.hpp"

#include <cstdio>
#include <grpcpp/grpcpp.h>
#include <random>

#include "base/int128.hpp"
#include "marketprism/v1/storage.grpc.pb.h"
#include "wire/convert.hpp"
#include "wire/event_codec.hpp"

namespace mp::chaos {
namespace {

namespace pb = marketprism::v1;

constexpr uint32_t kPageRows = 1000;
constexpr int kScale = 18;

// Exact, as text with 18 decimals.
class Sum {
  public:
    void Add(const Decimal& value) {
        sum_ += Int128{value.mantissa} * static_cast<Int128>(kPowersOfTen[kScale - value.scale]);
    }
    std::string Text() const {
        std::string digits;
        for (Int128 rest = sum_; rest > 0 || digits.size() <= kScale; rest /= 10) {
            digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
        }
        return digits.insert(digits.size() - kScale, ".");
    }

  private:
    Int128 sum_ = 0;
};

class Comparison {
  public:
    Comparison(Market& market, const std::string& address)
        : market_(market),
          stub_(pb::StorageService::NewStub(
              grpc::CreateChannel(address, grpc::InsecureChannelCredentials())
          )) {}

    bool Series(size_t series) {
        price_ = quantity_ = {};
        const uint64_t count = market_.CountOf(series);
        if (!Rows(series, 0, count, 0)) return false;
        const bool trades = market_.series()[series].data_type == model::DataType::kTrade;
        std::printf(
            "%s\t%s\t%llu\t%s\t%s\n",
            model::InstrumentKey(market_.series()[series].instrument).c_str(),
            std::string(model::ToString(market_.series()[series].data_type)).c_str(),
            static_cast<unsigned long long>(count),
            trades ? price_.Text().c_str() : "",
            trades ? quantity_.Text().c_str() : ""
        );
        return true;
    }

    bool Page(size_t series, uint64_t first) {
        const uint64_t left = market_.CountOf(series) - first;
        return Rows(series, first, std::min<uint64_t>(left, kPageRows), kPageRows);
    }

  private:
    // Whether the store's rows from the event `first` on are these and no others.
    bool Rows(size_t series, uint64_t first, uint64_t count, uint32_t limit) {
        pb::QueryEventsRequest request;
        wire::ToProto(market_.series()[series], *request.mutable_series());
        request.set_start(market_.Make(series, first).order_ts);
        request.set_limit(limit);
        grpc::ClientContext context;
        const auto reader = stub_->QueryEvents(&context, request);
        pb::EventChunk chunk;
        uint64_t row = first;
        while (reader->Read(&chunk)) {
            for (const pb::EventEntry& entry : chunk.entries()) {
                if (row == first + count) return Differs(series, row, "has more");
                if (!Equals(series, row, entry.event())) return Differs(series, row, "differs");
                ++row;
            }
        }
        const grpc::Status status = reader->Finish();
        if (!status.ok()) return Differs(series, row, status.error_message());
        return row == first + count || Differs(series, row, "ends");
    }

    bool Equals(size_t series, uint64_t number, const pb::Event& stored) {
        stored.SerializeToString(&bytes_);
        model::Event event;
        if (!decoder_.Decode(bytes_, event).ok()) return false;
        if (const auto* trade = std::get_if<model::Trade>(&event.body)) {
            price_.Add(trade->price);
            quantity_.Add(trade->quantity);
        }
        stored_.clear();
        wire::AppendEvent(event, stored_);
        made_.clear();
        wire::AppendEvent(market_.Make(series, number), made_);
        return stored_ == made_;
    }

    bool Differs(size_t series, uint64_t row, const std::string& how) {
        std::fprintf(
            stderr,
            "%s %s: at event %llu of %llu the store %s\n",
            model::InstrumentKey(market_.series()[series].instrument).c_str(),
            std::string(model::ToString(market_.series()[series].data_type)).c_str(),
            static_cast<unsigned long long>(row),
            static_cast<unsigned long long>(market_.CountOf(series)),
            how.c_str()
        );
        return false;
    }

    Market& market_;
    const std::unique_ptr<pb::StorageService::Stub> stub_;
    wire::EventDecoder decoder_;
    Sum price_, quantity_;
    std::string bytes_, stored_, made_;
};

}  // namespace

bool Compare(Market& market, const std::string& address, uint64_t pages, uint64_t seed) {
    Comparison comparison(market, address);
    for (size_t series = 0; series < market.series().size(); ++series) {
        if (!comparison.Series(series)) return false;
    }
    std::mt19937_64 random(seed);
    for (uint64_t page = 0; page < pages; ++page) {
        const size_t series = random() % market.series().size();
        if (!comparison.Page(series, random() % market.CountOf(series))) return false;
    }
    return true;
}

}  // namespace mp::chaos
