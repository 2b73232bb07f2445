"""Calls any gRPC server with nothing but what the server says about itself, as grpcurl does."""

import pathlib
import subprocess
import sys
import tempfile

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

INFO = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


def _load():
    folder = tempfile.mkdtemp(prefix="mp-reflection-")
    here = pathlib.Path(__file__).resolve().parent
    subprocess.run(["protoc", f"-I{here}", f"--python_out={folder}", "reflection.proto"], check=True)
    sys.path.insert(0, folder)
    import reflection_pb2
    return reflection_pb2


pb = _load()


class Server:
    def __init__(self, target):
        self.channel = grpc.insecure_channel(target)
        self.pool = descriptor_pool.DescriptorPool()
        self.known = set()

    def _ask(self, **question):
        call = self.channel.stream_stream(INFO, pb.ServerReflectionRequest.SerializeToString,
                                          pb.ServerReflectionResponse.FromString)
        answer = next(iter(call(iter([pb.ServerReflectionRequest(**question)]), timeout=10)))
        assert not answer.HasField("error_response"), answer.error_response
        return answer

    def services(self):
        return sorted(s.name for s in self._ask(list_services="*").list_services_response.service)

    def _learn(self, symbol):
        """The files that define a symbol, dependencies first."""
        answer = self._ask(file_containing_symbol=symbol)
        files = {}
        for data in answer.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(data)
            files[file.name] = file
        def add(name):
            if name in self.known or name not in files:
                return
            for dependency in files[name].dependency:
                add(dependency)
            self.known.add(name)
            self.pool.Add(files[name])
        for name in list(files):
            add(name)

    def method(self, service, name):
        self._learn(service)
        return self.pool.FindServiceByName(service).FindMethodByName(name)

    def call(self, service, name, request=None, timeout=10):
        """A unary call, request and answer as plain dictionaries."""
        method = self.method(service, name)
        message_of = message_factory.MessageFactory(self.pool).GetPrototype
        question = json_format.ParseDict(request or {}, message_of(method.input_type)())
        call = self.channel.unary_unary(f"/{service}/{name}", type(question).SerializeToString,
                                        message_of(method.output_type).FromString)
        return json_format.MessageToDict(call(question, timeout=timeout), preserving_proto_field_name=True)
