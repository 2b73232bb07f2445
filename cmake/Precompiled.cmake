# What nearly every translation unit includes, parsed once: a third of a clean build was that. Sources still
# include what they use.
set(MP_COMMON_HEADERS
    <algorithm> <array> <chrono> <cstdint> <deque> <functional> <map> <memory> <optional> <span> <string>
    <string_view> <unordered_map> <utility> <variant> <vector>
    <absl/status/statusor.h>)

function(mp_precompiled name)
    cmake_parse_arguments(arg "" "" "HEADERS;LIBS" ${ARGN})
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp "")
    add_library(${name} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    target_link_libraries(${name} PRIVATE mp_flags ${arg_LIBS})
    target_precompile_headers(${name} PRIVATE ${MP_COMMON_HEADERS} ${arg_HEADERS})
endfunction()

mp_precompiled(mp_pch)
mp_precompiled(mp_cli_pch HEADERS <CLI/CLI.hpp> <nlohmann/json.hpp> LIBS CLI11::CLI11)
mp_precompiled(mp_test_pch HEADERS <gmock/gmock.h> <gtest/gtest.h> LIBS GTest::gmock GTest::gtest_main)
# Tests are compiled more often than they run.
target_compile_options(mp_test_pch PRIVATE $<$<CONFIG:Release>:-O1>)
