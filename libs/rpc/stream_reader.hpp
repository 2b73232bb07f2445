#pragma once
// The receiving half of an outgoing streaming call, for any kind of reactor. Only libs/rpc uses it.

#include <grpcpp/support/status.h>
#include <optional>
#include <utility>

#include "rpc/client_call.hpp"
#include "rpc/status.hpp"

namespace mp::rpc::detail {

// Reads one message ahead: the next one is received while the last one is worked on. gRPC is told
// to hold the call open until no read is under way and none will follow, because reads start
// outside of its callbacks.
template <class Response>
class StreamReader : public ClientCall {
  public:
    using ClientCall::ClientCall;

    Task<Result<bool>> Read(Response& message) {
        while (!ready_ && !status_) {
            co_await parked_.Wait([] {}, [this] { Cancel(); });
        }
        if (ready_) {
            message = std::move(message_);
            ready_ = false;
            ReadNext();
            co_return true;
        }
        if (!status_->ok()) co_return *status_;
        co_return false;
    }

    // Nobody will read any more.
    void Leave() {
        Cancel();
        if (closed()) return;  // then Abandoned() and Came() see to it
        left_ = true;
        LetGoUnlessReading();
    }

    // Starts the call; the reactor's part follows in StartReactor.
    void Open() {
        if (closed()) {
            status_ = absl::UnavailableError("shutting down");
            return;
        }
        Begin();
        held_ = true;
        reading_ = true;
        StartReactor(&message_);
    }

  protected:
    // Holds the call, starts the first read into `message` and the call.
    virtual void StartReactor(Response* message) = 0;
    virtual void StartNextRead(Response* message) = 0;
    virtual void LetGo() = 0;  // of the hold

    void ReadDone(bool ok) {
        read_ok_ = ok;
        core().Push(&read_event_);
    }
    void Done(const grpc::Status& status) {
        final_ = status;
        core().PushClientEnd(&done_event_);
    }

  private:
    void ReadNext() {
        message_ = Response();
        reading_ = true;
        StartNextRead(&message_);
    }

    void Came(bool alive) {
        reading_ = false;
        if (!alive || !read_ok_) left_ = true;
        if (left_) return LetGoUnlessReading();
        ready_ = true;
        parked_.Wake();
    }

    void LetGoUnlessReading() {
        if (reading_ || !held_) return;
        held_ = false;
        LetGo();
    }

    void Ended(bool alive) {
        Over(alive);
        if (alive) {
            status_ = FromGrpc(final_);
            parked_.Wake();
        }
        Release();
    }

    void Abandoned() override {
        left_ = true;
        LetGoUnlessReading();
    }

    Response message_;
    bool ready_ = false;    // message_ waits to be taken
    bool reading_ = false;  // message_ is gRPC's
    bool held_ = false;
    bool left_ = false;
    bool read_ok_ = false;  // handed over through the event
    grpc::Status final_;    // likewise
    std::optional<Status> status_;
    MemberEvent<StreamReader, &StreamReader::Came> read_event_{this};
    MemberEvent<StreamReader, &StreamReader::Ended> done_event_{this};
};

}  // namespace mp::rpc::detail
