#include "wire/book_side.hpp"

#include <algorithm>
#include <limits>

#include "wire/field_reader.hpp"

namespace mp::wire {
namespace {

using model::Level;
using Member = Decimal Level::*;

constexpr size_t kUsualVarint = 4;

template <Member Of>
int CommonScale(std::span<const Level> levels) {
    int scale = 0;
    for (const Level& level : levels) scale = std::max<int>(scale, (level.*Of).scale);
    return scale;
}

// False where a level does not fit 64 bits at `scale`.
template <Member Of>
bool WriteAtScale(std::span<const Level> levels, int scale, FieldWriter& out) {
    for (const Level& level : levels) {
        const Decimal& value = level.*Of;
        const auto power = static_cast<int64_t>(kPowersOfTen[scale - value.scale]);
        int64_t mantissa = 0;
        if (__builtin_mul_overflow(value.mantissa, power, &mantissa)) return false;
        out.PutVarint(ZigZag(mantissa));
    }
    return true;
}

// Writes the column of mantissas; its common scale, or -1 where there is none.
template <Member Of>
int WriteMantissas(uint32_t field, std::span<const Level> levels, FieldWriter& out) {
    int scale = CommonScale<Of>(levels);
    const FieldWriter before = out;
    const size_t expected = levels.size() * kUsualVarint;
    bool fits = true;
    out.Nested(field, expected, [&](FieldWriter& column) {
        fits = WriteAtScale<Of>(levels, scale, column);
    });
    if (fits) return scale;
    out = before;
    out.Nested(field, expected, [&](FieldWriter& column) {
        for (const Level& level : levels) column.PutVarint(ZigZag((level.*Of).mantissa));
    });
    return -1;
}

template <Member Of>
void WriteScales(uint32_t field, std::span<const Level> levels, FieldWriter& out) {
    out.Nested(field, levels.size(), [&](FieldWriter& column) {
        for (const Level& level : levels) column.PutVarint((level.*Of).scale);
    });
}

const char* ReadColumn(std::string_view bytes, auto&& append) {
    const char* p = bytes.data();
    const char* const end = p + bytes.size();
    while (p != end) {
        uint64_t value = 0;
        p = ReadVarint(p, end, value);
        if (p == nullptr) return "a column is malformed";
        append(value);
    }
    return nullptr;
}

}  // namespace

void WriteSide(std::span<const Level> levels, FieldWriter& out) {
    if (levels.empty()) return;
    const int price_scale = WriteMantissas<&Level::price>(1, levels, out);
    const int quantity_scale = WriteMantissas<&Level::quantity>(2, levels, out);
    if (price_scale > 0) out.Number(3, static_cast<uint64_t>(price_scale));
    if (quantity_scale > 0) out.Number(4, static_cast<uint64_t>(quantity_scale));
    if (price_scale < 0) WriteScales<&Level::price>(5, levels, out);
    if (quantity_scale < 0) WriteScales<&Level::quantity>(6, levels, out);
}

bool MakeDecimal(int64_t mantissa, uint64_t scale, Decimal& out) {
    if (scale > Decimal::kMaxScale || mantissa == std::numeric_limits<int64_t>::min()) return false;
    if (scale == 0 || mantissa % 10 != 0) {
        out = {mantissa, static_cast<uint8_t>(scale)};
    } else {
        out = Decimal::Make(mantissa, static_cast<int>(scale));
    }
    return true;
}

const char* SideReader::Read(std::string_view bytes, std::vector<Level>& out) {
    prices_.clear();
    quantities_.clear();
    price_scales_.clear();
    quantity_scales_.clear();
    uint64_t price_scale = 0;
    uint64_t quantity_scale = 0;
    const auto to_price = [this](uint64_t v) { prices_.push_back(UnZigZag(v)); };
    const auto to_quantity = [this](uint64_t v) { quantities_.push_back(UnZigZag(v)); };
    const auto to_price_scale = [this](uint64_t v) { price_scales_.push_back(v); };
    const auto to_quantity_scale = [this](uint64_t v) { quantity_scales_.push_back(v); };

    FieldReader reader(bytes);
    Field field;
    const char* error = nullptr;
    while (error == nullptr && reader.Next(field)) {
        switch (field.tag) {
            case Tag(1, WireType::kBytes):
                error = ReadColumn(field.bytes, to_price);
                break;
            case Tag(2, WireType::kBytes):
                error = ReadColumn(field.bytes, to_quantity);
                break;
            case Tag(3, WireType::kVarint):
                price_scale = field.number;
                break;
            case Tag(4, WireType::kVarint):
                quantity_scale = field.number;
                break;
            case Tag(5, WireType::kBytes):
                error = ReadColumn(field.bytes, to_price_scale);
                break;
            case Tag(6, WireType::kBytes):
                error = ReadColumn(field.bytes, to_quantity_scale);
                break;
            // The columns as another writer may put them: not packed.
            case Tag(1, WireType::kVarint):
                to_price(field.number);
                break;
            case Tag(2, WireType::kVarint):
                to_quantity(field.number);
                break;
            case Tag(5, WireType::kVarint):
                to_price_scale(field.number);
                break;
            case Tag(6, WireType::kVarint):
                to_quantity_scale(field.number);
                break;
            default:
                break;
        }
    }
    if (error != nullptr) return error;
    if (reader.malformed()) return "a book side is malformed";
    const size_t count = prices_.size();
    const auto whole = [count](size_t scales) { return scales == 0 || scales == count; };
    if (quantities_.size() != count || !whole(price_scales_.size()) ||
        !whole(quantity_scales_.size())) {
        return "columns of a book side differ in length";
    }
    out.resize(count);
    for (size_t i = 0; i < count; ++i) {
        const uint64_t p = price_scales_.empty() ? price_scale : price_scales_[i];
        const uint64_t q = quantity_scales_.empty() ? quantity_scale : quantity_scales_[i];
        if (!MakeDecimal(prices_[i], p, out[i].price) ||
            !MakeDecimal(quantities_[i], q, out[i].quantity)) {
            return "a level is no decimal";
        }
    }
    return nullptr;
}

}  // namespace mp::wire
