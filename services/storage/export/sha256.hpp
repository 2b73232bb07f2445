#pragma once
// SHA-256, as `sha256sum` prints it.

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace mp::storage {

// Of what comes in pieces. Not thread-safe.
class Sha256 {
  public:
    Sha256();
    void Add(std::string_view bytes);
    // 64 hexadecimal digits; once.
    std::string Finish();

  private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };

    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string Sha256Hex(std::string_view bytes);

}  // namespace mp::storage
