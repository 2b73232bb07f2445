#pragma once
// Fields of an event's message read into the members of the model: what decoding and peeking share.
// Inside libs/wire only.

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/event.hpp"
#include "wire/book_side.hpp"
#include "wire/field_reader.hpp"
#include "wire/utf8.hpp"

namespace mp::wire {

// The last value that an enum is known to have.
template <typename Enum>
inline constexpr Enum kLast = Enum{};
template <>
inline constexpr auto kLast<model::DataType> = model::DataType::kCoverage;
template <>
inline constexpr auto kLast<model::Side> = model::Side::kSell;
template <>
inline constexpr auto kLast<model::QuantityUnit> = model::QuantityUnit::kContracts;
template <>
inline constexpr auto kLast<model::TradeIdSpace> = model::TradeIdSpace::kAggregate;
template <>
inline constexpr auto kLast<model::SnapshotOrigin> = model::SnapshotOrigin::kDerived;
template <>
inline constexpr auto kLast<model::InstrumentType> = model::InstrumentType::kOption;
template <>
inline constexpr auto kLast<model::InstrumentStatus> = model::InstrumentStatus::kDelisted;
template <>
inline constexpr auto kLast<model::CoverageBasis> = model::CoverageBasis::kConnection;
template <>
inline constexpr auto kLast<model::CoverageState> = model::CoverageState::kUnrepairable;

// Each At sets the member and returns true where the field has that number and its type. The first
// thing wrong is kept; what is read after it is of no matter.
class FieldValues {
  public:
    const char* error() const { return error_; }

    void Fail(const char* error) {
        if (error_ == nullptr) error_ = error;
    }

    // Calls `take` with each field of a message.
    template <typename Take>
    void Each(std::string_view message, const char* malformed, Take take) {
        FieldReader reader(message);
        Field field;
        while (reader.Next(field)) take(field);
        if (reader.malformed()) Fail(malformed);
    }

    bool At(const Field& field, uint32_t number, uint64_t& out) {
        return Is(field, number, WireType::kVarint) && Set(out, field.number);
    }
    bool At(const Field& field, uint32_t number, uint32_t& out) {
        return Is(field, number, WireType::kVarint) &&
               Set(out, static_cast<uint32_t>(field.number));
    }
    bool At(const Field& field, uint32_t number, std::optional<uint64_t>& out) {
        return Is(field, number, WireType::kVarint) && Set(out, field.number);
    }
    bool At(const Field& field, uint32_t number, bool& out) {
        return Is(field, number, WireType::kVarint) && Set(out, field.number != 0);
    }
    bool At(const Field& field, uint32_t number, Nanos& out) {
        return Is(field, number, WireType::kFixed64) && Set(out, static_cast<Nanos>(field.number));
    }
    bool At(const Field& field, uint32_t number, std::optional<Nanos>& out) {
        return Is(field, number, WireType::kFixed64) && Set(out, static_cast<Nanos>(field.number));
    }
    bool At(const Field& field, uint32_t number, std::string_view& out) {
        if (!Is(field, number, WireType::kBytes)) return false;
        if (!IsUtf8(field.bytes)) Fail("a text is not UTF-8");
        return Set(out, field.bytes);
    }
    bool At(const Field& field, uint32_t number, std::optional<Decimal>& out) {
        return Is(field, number, WireType::kBytes) && Set(out, Value(field.bytes));
    }
    template <typename Enum>
    requires std::is_enum_v<Enum>
    bool At(const Field& field, uint32_t number, Enum& out) {
        if (!Is(field, number, WireType::kVarint)) return false;
        if (field.number > static_cast<uint64_t>(kLast<Enum>)) Fail("an enum has an unknown value");
        return Set(out, static_cast<Enum>(field.number));
    }

    static bool Is(const Field& field, uint32_t number, WireType type) {
        return field.tag == Tag(number, type);
    }

  private:
    template <typename Member, typename Value>
    static bool Set(Member& member, const Value& value) {
        member = value;
        return true;
    }

    Decimal Value(std::string_view message) {
        uint64_t mantissa = 0;
        uint64_t scale = 0;
        Each(message, "a decimal is malformed", [&](const Field& field) {
            return At(field, 1, mantissa) || At(field, 2, scale);
        });
        Decimal value;
        if (!MakeDecimal(UnZigZag(mantissa), scale, value)) Fail("a decimal is out of range");
        return value;
    }

    const char* error_ = nullptr;
};

}  // namespace mp::wire
