#pragma once
// Walks over the fields of one protobuf message, bounds-checked. Inside libs/wire only.

#include <cstdint>
#include <cstring>
#include <string_view>

#include "wire/field_writer.hpp"

namespace mp::wire {

struct Field {
    uint32_t tag = 0;
    uint64_t number = 0;     // varint and fixed
    std::string_view bytes;  // length-delimited
};

class FieldReader {
  public:
    explicit FieldReader(std::string_view message)
        : p_(message.data()), end_(message.data() + message.size()) {}

    // False at the end and where the bytes are malformed (groups included: proto3 has none).
    bool Next(Field& field) {
        if (p_ == end_) return false;
        if (Read(field)) return true;
        malformed_ = true;
        return false;
    }

    bool malformed() const { return malformed_; }

  private:
    bool Read(Field& field) {
        uint64_t tag = 0;
        if (!Varint(tag) || tag >> 32 != 0 || tag < 8) return false;
        field.tag = static_cast<uint32_t>(tag);
        switch (static_cast<WireType>(tag & 7)) {
            case WireType::kVarint:
                return Varint(field.number);
            case WireType::kBytes:
                return Bytes(field.bytes);
            case WireType::kFixed64:
                return Fixed<uint64_t>(field.number);
            case WireType::kFixed32:
                return Fixed<uint32_t>(field.number);
        }
        return false;
    }
    bool Varint(uint64_t& value) {
        const char* const next = ReadVarint(p_, end_, value);
        if (next == nullptr) return false;
        p_ = next;
        return true;
    }
    bool Bytes(std::string_view& bytes) {
        uint64_t size = 0;
        if (!Varint(size) || size > static_cast<uint64_t>(end_ - p_)) return false;
        bytes = {p_, static_cast<size_t>(size)};
        p_ += size;
        return true;
    }
    template <typename T>
    bool Fixed(uint64_t& value) {
        if (static_cast<size_t>(end_ - p_) < sizeof(T)) return false;
        T raw = 0;
        std::memcpy(&raw, p_, sizeof(T));
        p_ += sizeof(T);
        value = raw;
        return true;
    }

    const char* p_;
    const char* end_;
    bool malformed_ = false;
};

}  // namespace mp::wire
