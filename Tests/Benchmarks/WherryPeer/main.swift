// The Wherry half of the RPC benchmark, and the hot paths whose instructions are counted.
//
// rpc-bench-wherry serve SOCKET                  serves until it is killed
// rpc-bench-wherry call SOCKET SCENARIO COUNT    calls, see Caller
// rpc-bench-wherry hot-paths                     prints their names
// rpc-bench-wherry instructions PATH COUNT       runs one so many times
// rpc-bench-wherry containers                    prints the containers of the list, one a line, tabs between fields

let arguments = Array(CommandLine.arguments.dropFirst())
let number = arguments.last.flatMap { Int($0) } ?? 0

switch (arguments.first, arguments.count) {
case ("serve", 2):
  try await serve(arguments[1])
case ("call", 4):
  guard let scenario = Scenario(rawValue: arguments[2]) else { throw Failure("no scenario \(arguments[2])") }
  try await call(arguments[1], scenario, number)
case ("hot-paths", 1):
  for path in HotPath.allCases { print(path.rawValue) }
case ("instructions", 3):
  guard let path = HotPath(rawValue: arguments[1]) else { throw Failure("no hot path \(arguments[1])") }
  try path.run(number)
case ("containers", 1):
  for one in Fixture.containers {
    let labels = one.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let lists = [one.command, labels, one.mounts, one.networks].map { $0.joined(separator: "|") }
    let numbers = [one.created, one.startedAt, one.finishedAt ?? 0, one.exitCode ?? 0, one.restartCount]
    print(
      ([one.id, one.name, one.image, one.imageID] + lists + numbers.map(String.init)).joined(separator: "\t"))
  }
default:
  throw Failure("usage: see main.swift")
}
