// The gRPC half of the RPC benchmark: what rpc-bench-wherry does, over grpc-swift-2.
//
// rpc-bench-grpc serve SOCKET                  serves until it is killed
// rpc-bench-grpc call SOCKET SCENARIO COUNT    calls, see Caller

let arguments = Array(CommandLine.arguments.dropFirst())

switch (arguments.first, arguments.count) {
case ("serve", 2):
  try await serve(arguments[1])
case ("call", 4):
  guard let scenario = Scenario(rawValue: arguments[2]), let count = Int(arguments[3]) else {
    throw Failure("no scenario \(arguments[2]), or no number \(arguments[3])")
  }
  try await call(arguments[1], scenario, count)
default:
  throw Failure("usage: see main.swift")
}
