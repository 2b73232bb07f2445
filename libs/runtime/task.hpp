#pragma once
// The coroutine type of the whole code base, and the only include that names Asio's basics.
//
// A Task does nothing until it is awaited. Whoever awaits it owns it: cancelling the await cancels
// the task, which unwinds with an operation_aborted system_error (runtime/cancellation.hpp) at its
// next suspension; all other errors are values (Status, Result). A task and everything it awaits
// run on one io_context thread, so plain members need no lock.
//
// Parameters of a coroutine are values, or references to objects that outlive it. No coroutine
// lambdas with captures. g++ 12: pass named variables, not braced temporaries, inside a co_await
// expression; never await inside `a ? b : c` (it corrupts what it returns); and never await in the
// condition of an if, while or switch: in a coroutine that
// declares no variable this compiles and then crashes. `const bool sent = co_await Send(x);
// if (!sent) ...` is right, and so is a variable declared inside the condition:
// `if (const Status s = co_await F(); !s.ok())`.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace mp {

namespace asio = boost::asio;

template <typename T = void>
using Task = asio::awaitable<T>;

using Executor = asio::any_io_executor;

namespace runtime {
using mp::Executor;
using mp::Task;
}  // namespace runtime

}  // namespace mp
