// Between libFuzzer and a target. Before the first run the seeds are written to the folder that
// $MP_FUZZ_SEEDS names, which libFuzzer is given as its corpus.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "fuzz.hpp"

namespace mp::fuzz {

void Require(bool holds, const char* promise) {
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

}  // namespace mp::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    const char* const folder = std::getenv("MP_FUZZ_SEEDS");
    if (folder == nullptr) return 0;
    std::filesystem::create_directories(folder);
    int number = 0;
    for (const std::string& seed : mp::fuzz::Seeds()) {
        const auto path = std::filesystem::path(folder) / ("seed-" + std::to_string(number++));
        std::ofstream(path, std::ios::binary) << seed;
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    mp::fuzz::Try({reinterpret_cast<const char*>(data), size});
    return 0;
}
