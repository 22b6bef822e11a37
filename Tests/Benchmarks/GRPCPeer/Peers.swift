import GRPCCore
import GRPCNIOTransportHTTP2
import GRPCProtobuf
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Scenario {
  static let echo = Bench_Chunk.with { $0.data = Data(repeating: 0x61, count: echoBytes) }
  static let list = Bench_ListResult.with {
    $0.containers = Fixture.containers.map(Bench_ContainerSummary.init)
  }
}

extension Bench_ContainerSummary {
  init(_ fixture: Fixture) {
    self.init()
    id = fixture.id
    name = fixture.name
    image = fixture.image
    imageID = fixture.imageID
    command = fixture.command
    created = fixture.created
    state = fixture.finishedAt == nil ? .running : .exited
    startedAt = fixture.startedAt
    if let finished = fixture.finishedAt { finishedAt = finished }
    if let code = fixture.exitCode { exitCode = code }
    labels = fixture.labels
    restartCount = fixture.restartCount
    mounts = fixture.mounts
    networks = fixture.networks
  }
}

struct BenchService: Bench_Bench.SimpleServiceProtocol {
  private let containers = Scenario.list
  private let chunk = Bench_Chunk.with { $0.data = Data(repeating: 0x61, count: Scenario.chunkBytes) }

  func echo(request: Bench_Chunk, context: ServerContext) async throws -> Bench_Chunk { request }

  func list(request: Bench_ListParams, context: ServerContext) async throws -> Bench_ListResult { containers }

  func stream(
    request: Bench_StreamParams, response: RPCWriter<Bench_Chunk>, context: ServerContext
  ) async throws {
    for _ in 0..<request.chunks { try await response.write(chunk) }
  }
}

/// Serves the scenarios until the process is killed. Settings are the library's own.
func serve(_ path: String) async throws {
  let server = GRPCServer(
    transport: .http2NIOPosix(address: .unixDomainSocket(path: path), transportSecurity: .plaintext),
    services: [BenchService()])
  try await withThrowingDiscardingTaskGroup { group in
    group.addTask { try await server.serve() }
    _ = try await server.listeningAddress
    emit("ready")
  }
}

func call(_ path: String, _ scenario: Scenario, _ count: Int) async throws {
  try await withGRPCClient(
    transport: .http2NIOPosix(target: .unixDomainSocket(path: path), transportSecurity: .plaintext)
  ) { client in
    let bench = Bench_Bench.Client(wrapping: client)
    let caller = Caller(scenario: scenario, count: count) {
      switch scenario {
      case .echo1, .echo64:
        let answer = try await bench.echo(Scenario.echo)
        guard answer.data.count == Scenario.echoBytes else { throw Failure("a short echo") }
      case .list50:
        let answer = try await bench.list(.with { $0.all = true })
        guard answer.containers.count == 50 else { throw Failure("a short list") }
      case .stream:
        let bytes = try await bench.stream(.with { $0.chunks = UInt64(Scenario.chunks) }) { response in
          var bytes = 0
          for try await chunk in response.messages { bytes += chunk.data.count }
          return bytes
        }
        guard bytes == Scenario.chunks * Scenario.chunkBytes else { throw Failure("a short stream") }
      }
    }
    try await caller.run()
  }
}
