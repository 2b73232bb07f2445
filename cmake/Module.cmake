include(GoogleTest)

# mp_library(<name> SOURCES a.cpp ... [PUBLIC libs...] [PRIVATE libs...] [PCH <target>])
# A first-party library mp_<name>. Its CMakeLists.txt is its dependency list.
function(mp_library name)
    cmake_parse_arguments(arg "" "PCH" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    if(NOT arg_PCH)
        set(arg_PCH mp_pch)
    endif()
    if(arg_SOURCES)
        add_library(mp_${name} STATIC ${arg_SOURCES})
        target_link_libraries(mp_${name} PUBLIC mp_flags ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
        target_precompile_headers(mp_${name} REUSE_FROM ${arg_PCH})
    else()
        add_library(mp_${name} INTERFACE)
        target_link_libraries(mp_${name} INTERFACE mp_flags ${arg_PUBLIC})
    endif()
endfunction()

# mp_test(<name> <tier> SOURCES a_test.cpp ... LIBS libs...)
# One gtest binary; <tier> is its ctest label: unit | integration | e2e | chaos.
function(mp_test name tier)
    if(NOT MP_BUILD_TESTS)
        return()
    endif()
    cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE mp_flags ${arg_LIBS} GTest::gmock GTest::gtest_main)
    target_precompile_headers(${name} REUSE_FROM mp_test_pch)
    target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    # One ctest entry a binary: starting a process a case would cost more than the cases.
    add_test(NAME ${name} COMMAND ${name} --gtest_brief=0)
    set_tests_properties(${name} PROPERTIES LABELS ${tier} TIMEOUT ${arg_TIMEOUT}
        ENVIRONMENT "MP_BIN_DIR=${CMAKE_BINARY_DIR}/bin;MP_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
endfunction()

# What people run; tests and measuring programs are built by who asks for them.
add_custom_target(product)

# mp_binary(<file name> [MEASURES] SOURCES main.cpp ... LIBS libs...): an executable in <build>/bin, part of the product
# unless it only measures it.
function(mp_binary name)
    cmake_parse_arguments(arg "MEASURES" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE mp_flags ${arg_LIBS})
    target_precompile_headers(${name} REUSE_FROM mp_pch)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
    if(NOT arg_MEASURES)
        add_dependencies(product ${name})
    endif()
endfunction()

# mp_proto(<target> <proto root> FILES a.proto ...): messages and services of one .proto tree.
function(mp_proto target root)
    cmake_parse_arguments(arg "" "" "FILES" ${ARGN})
    set(out ${CMAKE_CURRENT_BINARY_DIR}/gen)
    file(MAKE_DIRECTORY ${out})
    foreach(file ${arg_FILES})
        string(REGEX REPLACE "\\.proto$" "" stem ${file})
        list(APPEND protos ${root}/${file})
        list(APPEND generated ${out}/${stem}.pb.cc ${out}/${stem}.grpc.pb.cc)
        list(APPEND headers ${out}/${stem}.pb.h ${out}/${stem}.grpc.pb.h)
    endforeach()
    add_custom_command(
        OUTPUT ${generated} ${headers} ${out}/${target}.desc
        COMMAND ${MP_PROTOC} -I${root} --cpp_out=${out} --grpc_out=${out} --plugin=protoc-gen-grpc=${MP_GRPC_CPP_PLUGIN}
                --descriptor_set_out=${out}/${target}.desc --include_imports ${protos}
        DEPENDS ${protos} VERBATIM)
    add_library(${target} STATIC ${generated})
    target_include_directories(${target} SYSTEM PUBLIC ${out})
    target_link_libraries(${target} PUBLIC gRPC::grpc++ protobuf::libprotobuf)
    target_compile_features(${target} PUBLIC cxx_std_20)
    set_target_properties(${target} PROPERTIES DESCRIPTOR_SET ${out}/${target}.desc)
endfunction()

# mp_script_test(<name> <tier> <script.py>): a Python test of the binaries, with Debian's python3 (grpcio).
function(mp_script_test name tier script)
    if(NOT MP_BUILD_TESTS)
        return()
    endif()
    cmake_parse_arguments(arg "" "TIMEOUT" "" ${ARGN})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 300)
    endif()
    add_test(NAME ${name} COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/${script})
    set_tests_properties(${name} PROPERTIES LABELS ${tier} TIMEOUT ${arg_TIMEOUT}
        ENVIRONMENT "MP_BIN_DIR=${CMAKE_BINARY_DIR}/bin;MP_SOURCE_DIR=${PROJECT_SOURCE_DIR};MP_BUILD_DIR=${CMAKE_BINARY_DIR}")
endfunction()
