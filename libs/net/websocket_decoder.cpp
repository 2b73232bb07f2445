#include "net/websocket_decoder.hpp"

#include "net/utf8.hpp"

namespace mp::net {
namespace {

constexpr uint8_t kRsv1 = 4;
constexpr uint16_t kCloseBadText = 1007;
constexpr size_t kKeepFragmentBytes = 1u << 20;

}  // namespace

WebSocketDecoder::WebSocketDecoder(const WebSocketDecoderOptions& options) : options_(options) {
    if (options.deflate) inflater_.emplace(options.deflate_keeps_context);
}

size_t WebSocketDecoder::Decode(std::span<char> data) {
    size_t done = 0;
    wanted_ = 0;
    while (!closed_ && !failure_ && done < data.size()) {
        FrameHeader header;
        const std::span<char> rest = data.subspan(done);
        const HeaderState state = ReadFrameHeader(rest, header);
        if (state == HeaderState::kMalformed) {
            Fail(kCloseProtocolError, "malformed frame header");
            break;
        }
        if (state == HeaderState::kIncomplete || !CheckHeader(header)) break;
        const size_t size = header.header_size + header.payload_size;
        if (rest.size() < size) {
            wanted_ = size;
            break;
        }
        done += size;
        if (!TakeFrame(header, rest.subspan(header.header_size, header.payload_size))) break;
    }
    return done;
}

void WebSocketDecoder::Clear() {
    messages_.clear();
    controls_.clear();
    arena_.Clear();
}

bool WebSocketDecoder::CheckHeader(const FrameHeader& header) {
    if (header.masked != options_.expect_masked) {
        return Fail(kCloseProtocolError, header.masked ? "masked frame" : "frame is not masked");
    }
    const bool starts_message = header.opcode == Opcode::kText || header.opcode == Opcode::kBinary;
    const uint8_t allowed = options_.deflate && starts_message ? kRsv1 : 0;
    if (header.rsv & ~allowed) return Fail(kCloseProtocolError, "reserved bit is set");
    if (IsControl(header.opcode)) return true;
    if (starts_message == in_message_) {
        return Fail(
            kCloseProtocolError,
            in_message_ ? "message inside a message" : "continuation of nothing"
        );
    }
    if (header.payload_size > options_.max_message_bytes ||
        fragments_.size() + header.payload_size > options_.max_message_bytes) {
        return Fail(kCloseTooBig, "message too big");
    }
    return true;
}

bool WebSocketDecoder::TakeFrame(const FrameHeader& header, std::span<char> payload) {
    if (header.masked) ApplyMask(payload, header.mask);
    const std::string_view text(payload.data(), payload.size());
    return IsControl(header.opcode) ? TakeControl(header.opcode, text) : TakeData(header, text);
}

bool WebSocketDecoder::TakeControl(Opcode opcode, std::string_view payload) {
    if (opcode == Opcode::kClose) {
        if (!CheckClose(payload)) return false;
        closed_ = true;
    }
    controls_.push_back({opcode, std::string(payload)});
    return true;
}

bool WebSocketDecoder::CheckClose(std::string_view payload) {
    if (payload.empty()) return true;
    if (payload.size() == 1) return Fail(kCloseProtocolError, "malformed close frame");
    const auto* bytes = reinterpret_cast<const unsigned char*>(payload.data());
    if (!IsValidCloseCode(static_cast<uint16_t>(bytes[0] << 8 | bytes[1]))) {
        return Fail(kCloseProtocolError, "invalid close code");
    }
    return IsValidUtf8(payload.substr(2)) || Fail(kCloseBadText, "close reason is not UTF-8");
}

bool WebSocketDecoder::TakeData(const FrameHeader& header, std::string_view payload) {
    if (!in_message_) {
        compressed_ = (header.rsv & kRsv1) != 0;
        binary_ = header.opcode == Opcode::kBinary;
        if (header.fin) return Finish(payload, true);
    }
    in_message_ = true;
    fragments_.append(payload);
    if (!header.fin) return true;

    in_message_ = false;
    const bool finished = Finish(fragments_, false);
    fragments_.clear();
    if (fragments_.capacity() > kKeepFragmentBytes) fragments_.shrink_to_fit();
    return finished;
}

bool WebSocketDecoder::Finish(std::string_view payload, bool in_place) {
    if (compressed_) {
        arena_.BeginItem();
        const auto outcome = inflater_->Inflate(payload, options_.max_message_bytes, arena_);
        if (outcome == Inflater::Outcome::kTooBig) return Fail(kCloseTooBig, "message too big");
        if (outcome != Inflater::Outcome::kOk) return Fail(kCloseBadText, "corrupt deflate data");
        payload = arena_.EndItem();
    } else if (!in_place) {
        arena_.BeginItem();
        arena_.Append(payload);
        payload = arena_.EndItem();
    }
    if (!binary_ && !IsValidUtf8(payload)) return Fail(kCloseBadText, "text is not UTF-8");
    messages_.push_back({payload, binary_});
    return true;
}

bool WebSocketDecoder::Fail(uint16_t code, std::string_view reason) {
    failure_ = Failure{code, reason};
    return false;
}

}  // namespace mp::net
