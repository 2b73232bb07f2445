# Every third-party package, found once. Versions are pinned by the Debian release (deploy/install-deps.sh).
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL REQUIRED)
find_package(Boost 1.81 REQUIRED)  # Asio, Beast: headers only
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(absl REQUIRED)
find_package(rapidcheck CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(simdjson CONFIG REQUIRED)
find_package(RocksDB CONFIG REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(date REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)

find_library(MP_CNATS_LIBRARY nats REQUIRED)
find_library(MP_HIREDIS_LIBRARY hiredis REQUIRED)
find_library(MP_LZ4_LIBRARY lz4 REQUIRED)
find_library(MP_ZSTD_LIBRARY zstd REQUIRED)
find_program(MP_PROTOC protoc REQUIRED)
find_program(MP_GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
find_program(MP_NATS_SERVER nats-server PATHS /usr/sbin /usr/local/bin)

# Debian's cnats-config.cmake names a static library that the package lacks.
find_path(MP_CNATS_INCLUDE nats/nats.h REQUIRED)
add_library(cnats UNKNOWN IMPORTED)
set_target_properties(cnats PROPERTIES
    IMPORTED_LOCATION ${MP_CNATS_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${MP_CNATS_INCLUDE})

# Debian's hiredis has no CMake package.
find_path(MP_HIREDIS_INCLUDE hiredis/hiredis.h REQUIRED)
add_library(hiredis UNKNOWN IMPORTED)
set_target_properties(hiredis PROPERTIES
    IMPORTED_LOCATION ${MP_HIREDIS_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${MP_HIREDIS_INCLUDE})

# Asio and Beast compiled once instead of in every translation unit.
add_library(mp_boost STATIC ${PROJECT_SOURCE_DIR}/cmake/boost_src.cpp)
target_compile_features(mp_boost PUBLIC cxx_std_20)
target_compile_definitions(mp_boost PUBLIC
    BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
target_link_libraries(mp_boost PUBLIC Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
if(MP_SANITIZE)
    # Recycled frames would hide uses after their end.
    target_compile_definitions(mp_boost PUBLIC
        BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
endif()
if(MP_SANITIZE STREQUAL "fuzz")
    # clang 14 cannot emit coroutines with it.
    target_compile_options(mp_boost PUBLIC -fno-sanitize=function)
endif()
if(MP_SANITIZE STREQUAL "thread")
    # The thread sanitizer knows no fences; Asio's locks order everything as well.
    target_compile_definitions(mp_boost PUBLIC BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
