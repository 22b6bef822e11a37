import WherryModel
import WherryRPC
import WherryTransport
import WherryWire

extension Scenario {
  static let echo = ImportChunk(data: [UInt8](repeating: 0x61, count: echoBytes))
  static let list = ContainerListResult(containers: Fixture.containers.map(ContainerSummary.init))
}

extension ContainerSummary {
  init(_ fixture: Fixture) {
    self.init(
      id: fixture.id, name: fixture.name, image: fixture.image, imageID: fixture.imageID,
      command: fixture.command, created: Timestamp(nanoseconds: fixture.created),
      state: fixture.finishedAt == nil ? .running : .exited,
      startedAt: Timestamp(nanoseconds: fixture.startedAt),
      finishedAt: fixture.finishedAt.map(Timestamp.init(nanoseconds:)), exitCode: fixture.exitCode,
      labels: fixture.labels, restartCount: fixture.restartCount, mounts: fixture.mounts,
      networks: fixture.networks)
  }
}

/// Serves the scenarios until the process is killed. The methods are Wherry's; what they take and give is not.
func serve(_ path: String) async throws {
  let chunk = ImportChunk(data: [UInt8](repeating: 0x61, count: Scenario.chunkBytes))
  let list = Scenario.list
  let service = Service { call in
    switch call.method {
    case .containerInspect: await call.serveUnary { (echo: ImportChunk, _) in echo }
    case .containerList: await call.serveUnary { (_: ContainerListParams, _) in list }
    case .containerLogs:
      await call.serveOutput { (count: UInt64, output: ItemSink<ImportChunk>, _) in
        for _ in 0..<count { try await output.send(chunk) }
        return count
      }
    default: await call.refuseUnknownMethod()
    }
  }
  let listener = Listener(
    [
      Entrance(
        [try ListeningSocket(path: path)],
        LocalDoorman { _ in Peer(role: .admin, description: "the benchmark") })
    ], thread: EventLoopThread(), service: service)
  try await listener.startAccepting()
  emit("ready")
  try await Task.sleep(for: .seconds(86_400))
}

func call(_ path: String, _ scenario: Scenario, _ count: Int) async throws {
  let connection = try await Dialer(thread: EventLoopThread()).connect(path)
  try await connection.waitUntilEstablished()
  let caller = Caller(scenario: scenario, count: count) {
    switch scenario {
    case .echo1, .echo64:
      let answer: ImportChunk = try await connection.unary(.containerInspect, Scenario.echo)
      guard answer.data.count == Scenario.echoBytes else { throw Failure("a short echo") }
    case .list50:
      let answer: ContainerListResult = try await connection.unary(
        .containerList, ContainerListParams(all: true))
      guard answer.containers.count == 50 else { throw Failure("a short list") }
    case .stream:
      let call: Call<NoInput, ImportChunk, UInt64> = try await connection.stream(
        .containerLogs, UInt64(Scenario.chunks))
      var bytes = 0
      for try await chunk in call.output { bytes += chunk.data.count }
      guard bytes == Scenario.chunks * Scenario.chunkBytes, try await call.result() > 0 else {
        throw Failure("a short stream")
      }
    }
  }
  try await caller.run()
}
