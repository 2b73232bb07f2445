#include "rpc/generic_stream.hpp"

#include <grpcpp/generic/generic_stub.h>
#include <utility>

namespace mp::rpc::detail {
namespace {

// gRPC's generic stub knows only calls that stream both ways; sending one message and nothing more
// is the same on the wire as a call that streams back only.
class GenericStreamReader final
    : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
      public StreamReader<grpc::ByteBuffer> {
  public:
    GenericStreamReader(
        const Dispatcher& dispatcher, const grpc::ByteBuffer& request, const CallOptions& options
    )
        : StreamReader(dispatcher, options), request_(request) {}

    void Bind(const std::shared_ptr<grpc::Channel>& channel, const std::string& method) {
        grpc::GenericStub(channel).PrepareBidiStreamingCall(&context(), method, {}, this);
    }

    void OnReadDone(bool ok) override { ReadDone(ok); }
    void OnDone(const grpc::Status& status) override { Done(status); }

  private:
    void StartReactor(grpc::ByteBuffer* message) override {
        AddHold();
        StartWriteLast(&request_, grpc::WriteOptions());
        StartRead(message);
        StartCall();
    }
    void StartNextRead(grpc::ByteBuffer* message) override { StartRead(message); }
    void LetGo() override { RemoveHold(); }

    grpc::ByteBuffer request_;
};

}  // namespace

RawClientStream OpenGeneric(
    const Dispatcher& dispatcher,
    const std::shared_ptr<grpc::Channel>& channel,
    const std::string& method,
    grpc::ByteBuffer request,
    const CallOptions& options
) {
    auto* reader = new GenericStreamReader(dispatcher, request, options);
    CallPtr<StreamReader<grpc::ByteBuffer>> call(reader);
    if (!call->closed()) reader->Bind(channel, method);
    return RawClientStream(std::move(call));
}

}  // namespace mp::rpc::detail
