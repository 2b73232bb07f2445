#include "gateway/live/series_mark.hpp"

#include <algorithm>

#include "base/big_endian.hpp"
#include "base/hash.hpp"

namespace mp::gateway {
namespace {

constexpr size_t kHeadSize = 8 + 1 + 2;

std::string PlaceOf(const wire::EventKey& key, std::string_view identity) {
    std::string place;
    AppendBigEndian(key.sequence, place);
    place += identity;
    return place;
}

}  // namespace

void SeriesMark::Give(const wire::EventKey& key, std::string_view identity) {
    if (!empty() && key.order_ts < order_ts_) return;
    const bool next_instant = empty() || key.order_ts > order_ts_;
    if (next_instant) {
        order_ts_ = key.order_ts;
        given_.clear();
        greatest_.clear();
        AppendBigEndian(key.sequence, greatest_);
        greatest_ += identity;
    } else {
        greatest_ = std::max(greatest_, PlaceOf(key, identity));
    }
    if (!many()) given_.push_back(Fnv1a(identity));
}

bool SeriesMark::Has(const wire::EventKey& key, std::string_view identity) const {
    if (empty() || key.order_ts > order_ts_) return false;
    if (key.order_ts < order_ts_) return true;
    if (many()) return PlaceOf(key, identity) <= greatest_;
    return std::find(given_.begin(), given_.end(), Fnv1a(identity)) != given_.end();
}

bool SeriesMark::EndsWith(std::string_view identity) const {
    return !empty() && std::string_view(greatest_).substr(sizeof(uint64_t)) == identity;
}

void SeriesMark::AppendTo(std::string& out) const {
    AppendBigEndian(static_cast<uint64_t>(order_ts_), out);
    out += static_cast<char>(given_.size());
    out += static_cast<char>(greatest_.size() >> 8);
    out += static_cast<char>(greatest_.size() & 0xff);
    for (size_t i = 0; i < std::min(given_.size(), kRemembered); ++i) {
        AppendBigEndian(given_[i], out);
    }
    out += greatest_;
}

Result<SeriesMark> SeriesMark::TakeFrom(std::string_view& bytes) {
    const auto truncated = absl::InvalidArgumentError("truncated");
    if (bytes.size() < kHeadSize) return truncated;
    SeriesMark mark;
    mark.order_ts_ = static_cast<Nanos>(ReadBigEndian64(bytes));
    const size_t given = static_cast<unsigned char>(bytes[8]);
    const size_t greatest = static_cast<size_t>(static_cast<unsigned char>(bytes[9])) << 8 |
                            static_cast<unsigned char>(bytes[10]);
    const size_t hashes = std::min(given, kRemembered);
    bytes.remove_prefix(kHeadSize);
    if (given > kRemembered + 1 || bytes.size() < hashes * 8 + greatest) return truncated;
    for (size_t i = 0; i < hashes; ++i) mark.given_.push_back(ReadBigEndian64(bytes.substr(i * 8)));
    if (given > kRemembered) mark.given_.push_back(0);
    mark.greatest_ = bytes.substr(hashes * 8, greatest);
    bytes.remove_prefix(hashes * 8 + greatest);
    return mark;
}

}  // namespace mp::gateway
