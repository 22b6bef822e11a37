import Synchronization
import Testing
import WherryLinux
import WherryModel
import WherryStore
import WherryWire

@testable import WherryEngine

@Suite struct EventTests {
  private static func event(_ action: String, at time: UInt64 = 1, _ more: [String: String] = [:]) -> Event {
    var attributes = ["name": "box", "image": "reg:5000/a/b:tag"]
    attributes.merge(more) { $1 }
    return Event(
      time: Timestamp(nanoseconds: time), type: "container", action: action, id: "abcdef",
      attributes: attributes)
  }

  private static func inFolder(_ body: (String, EventLog) async throws -> Void) async throws {
    let folder = "/tmp/wherry-events-test.\(RandomName.next())"
    try Files.makeDirectories(folder)
    defer { do { try Files.removeTree(folder) } catch {} }
    try await body(folder, EventLog(EventFile(state: StateDirectory(folder)), report: { _ in }))
  }

  @Test func whatIsRecordedIsRememberedByTime() async throws {
    try await Self.inFolder { folder, log in
      log.record(Self.event("die", at: 5))
      log.record(Self.event("start", at: 3))
      #expect(try await Self.actions(log) == ["die", "start"])
      // A torn line, and what no daemon wrote, are passed over; a new daemon goes on behind them.
      let torn = try Files.readText(folder + "/events") + "a40"
      try Files.write(folder + "/events", Array(torn.utf8))
      let next = EventLog(EventFile(state: StateDirectory(folder)), report: { _ in })
      next.record(Self.event("destroy", at: 9))
      #expect(try await Self.actions(next) == ["die", "start", "destroy"])
    }
  }

  @Test func theFileIsBounded() async throws {
    try await Self.inFolder { folder, log in
      let long = String(repeating: "x", count: 10_000)
      for number in 0..<300 { log.record(Self.event("start", at: UInt64(number), ["label": long])) }
      await log.written()
      for name in ["events", "events.old"] {
        #expect(
          try Files.status("\(folder)/\(name)").size
            < Int64(EventFile.maximum + 2 * EventFile.maximumEvent + 8))
      }
      log.record(Self.event("huge", at: 1000, ["label": String(repeating: "x", count: 1 << 20)]))
      let last = try await Self.all(log).last
      #expect(last?.action == "huge")
      #expect(last?.attributes["label"] == nil)
    }
  }

  @Test func aListenerHearsEachEventOnce() async throws {
    try await Self.inFolder { folder, log in
      let other = EventLog(EventFile(state: StateDirectory(folder)), report: { _ in })
      for number in 0..<100 { log.record(Self.event("start", at: UInt64(number))) }
      let history = try await log.next(after: try await log.cursor(history: true))
      #expect(history.events.count == 100)
      var cursor = try await log.cursor(history: false)
      // Over the bound of the file, by two writers.
      let long = String(repeating: "x", count: 10_000)
      var live: [UInt64] = []
      for number in 100..<300 {
        let writer = number % 2 == 0 ? log : other
        writer.record(Self.event("die", at: UInt64(number), ["label": long]))
        await writer.written()
        // A reader that is slow finds what has come in the meantime in both files.
        guard number % 30 == 0 || number == 299 else { continue }
        let read = try await log.next(after: cursor)
        live += read.events.map(\.time.nanoseconds)
        cursor = read.cursor
      }
      #expect(live == Array(100..<300))
    }
  }

  /// A daemon that is killed between telling an end and recording it, and the next.
  @Test func anEndIsToldOnce() async throws {
    try await Self.inFolder { folder, log in
      log.record(Self.event("start", at: 2))
      log.record(Self.event("die", at: 5), unlessTold: .init(time: Timestamp(nanoseconds: 2)))
      await log.written()
      let next = EventLog(EventFile(state: StateDirectory(folder)), report: { _ in })
      next.record(Self.event("die", at: 7), unlessTold: .init(time: Timestamp(nanoseconds: 2)))
      next.record(Self.event("die", at: 7), unlessTold: .init(time: nil))
      let once = try await Self.actions(next)
      #expect(once == ["start", "die"])
      // Another run's, whose start was not told.
      next.record(Self.event("die", at: 9), unlessTold: .init(time: Timestamp(nanoseconds: 8)))
      next.record(Self.event("start", at: 10))
      next.record(Self.event("die", at: 11), unlessTold: .init(time: nil))
      let times = try await Self.times(next)
      #expect(times == [2, 5, 9, 10, 11])
    }
  }

  @Test func writersLoseNothingOfEachOther() async throws {
    try await Self.inFolder { folder, _ in
      let long = String(repeating: "x", count: 4000)
      await withTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
          group.addTask {
            let log = EventLog(EventFile(state: StateDirectory(folder)), report: { _ in })
            for number in 0..<50 {
              log.record(Self.event("start", at: UInt64(writer * 50 + number), ["label": long]))
              await log.written()
            }
          }
        }
      }
      let log = EventLog(EventFile(state: StateDirectory(folder)), report: { _ in })
      let times = try await Self.times(log)
      #expect(times.sorted() == Array(0..<200))
    }
  }

  @Test func hooksTellWhatTheEngineHasPrepared() async throws {
    try await Self.inFolder { folder, log in
      let run = RunDirectory(folder + "/run")
      let state = StateDirectory(folder)
      let id = ContainerID.random()
      let missing = try ContainerTeller(id, run: run, state: state)
      #expect(missing.map { _ in true } == nil)
      let bench = try await Bench()
      _ = try await bench.start("told")
      let record = try await bench.containers.inspect("told").record
      try ContainerTeller.prepare(record, id: id, run: run)
      let teller = try #require(try ContainerTeller(id, run: run, state: state))
      try teller.started(at: Timestamp(nanoseconds: 3))
      var exit = Exit(code: 137, startedAt: Timestamp(nanoseconds: 3), finishedAt: Timestamp(nanoseconds: 4))
      exit.outOfMemory = true
      try teller.ended(exit)
      let events = try await Self.all(log)
      #expect(events.map(\.action) == ["start", "oom", "die"])
      #expect(events.last?.attributes["exitCode"] == "137")
      #expect(events.last?.attributes["name"] == "told")
      #expect(events.last?.id == record.id)
    }
  }

  private static func actions(_ log: EventLog) async throws -> [String] { try await all(log).map(\.action) }
  private static func times(_ log: EventLog) async throws -> [UInt64] {
    try await all(log).map(\.time.nanoseconds)
  }

  private static func all(_ log: EventLog) async throws -> [Event] {
    try await log.next(after: try await log.cursor(history: true)).events
  }

  @Test func aBusyContainerHoldsUpNoHistory() async throws {
    let bench = try await Bench()
    _ = try await bench.start("busy")
    let ended = try await bench.start("ended")
    bench.supervisor.end(ended, code: 3)
    bench.supervisor.configure { $0.holdsStop = true }
    let containers = bench.containers
    let stop = Task { try await containers.stop("busy") }
    try await RecoveryTests.until { bench.supervisor.calls.contains("stop 15 10") }
    let told = Told()
    try await bench.engine.events(since: Timestamp(nanoseconds: 1), until: .now(), filters: [:]) { event in
      told.actions.withLock { $0.append("\(event.attributes["name"] ?? "") \(event.action)") }
    }
    #expect(told.actions.withLock { $0.contains("busy start") })
    // What only the supervisor knew is told as well.
    #expect(told.actions.withLock { $0.contains("ended die") })
    bench.supervisor.configure { $0.holdsStop = false }
    try await stop.value
  }

  @Test func filtersAreDockers() throws {
    func matches(_ filters: [String: [String]], _ event: Event) throws -> Bool {
      try EventFilters(filters).matches(event)
    }
    let start = Self.event("start", ["role": "web"])
    #expect(try matches([:], start))
    #expect(try matches(["container": ["other", "box"]], start))
    #expect(try matches(["container": ["abc"]], start))
    #expect(try !matches(["container": [""]], start))
    #expect(try matches(["image": ["reg:5000/a/b"], "type": ["container"]], start))
    #expect(try !matches(["image": ["reg"]], start))
    #expect(try matches(["label": ["role", "role=web"]], start))
    #expect(try !matches(["label": ["role=db"]], start))
    #expect(try matches(["event": ["exec_create"]], Self.event("exec_create: sh")))
    #expect(try !matches(["event": ["exec"]], Self.event("exec_create: sh")))
    #expect(throws: WherryError.self) { try EventFilters(["colour": ["red"]]) }
  }
}

/// What a listener heard.
private final class Told: Sendable {
  let actions = Mutex<[String]>([])
}
