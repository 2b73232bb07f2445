#include "storage/export/compressor.hpp"

#include <utility>
#include <vector>
#include <zlib.h>
#include <zstd.h>

namespace mp::storage {
namespace {

constexpr size_t kOutBytes = 256 << 10;

class Uncompressed final : public Compressor {
  public:
    explicit Uncompressed(ByteSink sink) : sink_(std::move(sink)) {}

    Status Write(std::string_view bytes) override { return sink_(bytes); }
    Status Finish() override { return OkStatus(); }

  private:
    const ByteSink sink_;
};

class Gzip final : public Compressor {
  public:
    explicit Gzip(ByteSink sink) : sink_(std::move(sink)), out_(kOutBytes) {
        constexpr int kWindow = 15;
        constexpr int kWithGzipHeader = 16;
        constexpr int kMemory = 8;
        ready_ = deflateInit2(
                     &stream_,
                     Z_DEFAULT_COMPRESSION,
                     Z_DEFLATED,
                     kWindow + kWithGzipHeader,
                     kMemory,
                     Z_DEFAULT_STRATEGY
                 ) == Z_OK;
    }
    ~Gzip() override {
        if (ready_) deflateEnd(&stream_);
    }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;

    Status Write(std::string_view bytes) override { return Deflate(bytes, Z_NO_FLUSH); }
    Status Finish() override { return Deflate({}, Z_FINISH); }

  private:
    Status Deflate(std::string_view bytes, int flush) {
        if (!ready_) return absl::ResourceExhaustedError("no memory for gzip");
        // zlib's input is not const; it reads it only.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        do {
            stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
            stream_.avail_out = static_cast<uInt>(out_.size());
            if (deflate(&stream_, flush) == Z_STREAM_ERROR) return absl::InternalError("gzip");
            MP_RETURN_IF_ERROR(sink_({out_.data(), out_.size() - stream_.avail_out}));
        } while (stream_.avail_out == 0);
        return OkStatus();
    }

    const ByteSink sink_;
    std::vector<char> out_;
    z_stream stream_{};
    bool ready_ = false;
};

class Zstd final : public Compressor {
  public:
    explicit Zstd(ByteSink sink)
        : sink_(std::move(sink)), out_(kOutBytes), context_(ZSTD_createCCtx()) {
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
    }

    Status Write(std::string_view bytes) override { return Compress(bytes, ZSTD_e_continue); }
    Status Finish() override { return Compress({}, ZSTD_e_end); }

  private:
    struct Free {
        void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    };

    Status Compress(std::string_view bytes, ZSTD_EndDirective directive) {
        ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
        for (;;) {
            ZSTD_outBuffer out{out_.data(), out_.size(), 0};
            const size_t left = ZSTD_compressStream2(context_.get(), &out, &in, directive);
            if (ZSTD_isError(left) != 0) return absl::InternalError(ZSTD_getErrorName(left));
            MP_RETURN_IF_ERROR(sink_({out_.data(), out.pos}));
            if (directive == ZSTD_e_end ? left == 0 : in.pos == in.size) return OkStatus();
        }
    }

    const ByteSink sink_;
    std::vector<char> out_;
    const std::unique_ptr<ZSTD_CCtx, Free> context_;
};

}  // namespace

std::unique_ptr<Compressor> MakeCompressor(Compression compression, ByteSink sink) {
    switch (compression) {
        case Compression::kGzip:
            return std::make_unique<Gzip>(std::move(sink));
        case Compression::kZstd:
            return std::make_unique<Zstd>(std::move(sink));
        case Compression::kNone:
            break;
    }
    return std::make_unique<Uncompressed>(std::move(sink));
}

}  // namespace mp::storage
