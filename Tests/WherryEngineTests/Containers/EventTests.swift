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

  private static func inFolder(_ body: (String, EventLog) throws -> Void) throws {
    let folder = "/tmp/wherry-events-test.\(RandomName.next())"
    try Files.makeDirectories(folder)
    defer { do { try Files.removeTree(folder) } catch {} }
    try body(folder, EventLog(EventFile(state: StateDirectory(folder)), report: { _ in }))
  }

  @Test func whatIsRecordedIsRememberedByTime() throws {
    try Self.inFolder { folder, log in
      log.record(Self.event("die", at: 5))
      log.record(Self.event("start", at: 3))
      #expect(try log.listen(history: true, live: false).history.map(\.action) == ["start", "die"])
      // A torn line, and what no daemon wrote, are passed over; a new daemon goes on behind them.
      let torn = try Files.readText(folder + "/events") + "a40"
      try Files.write(folder + "/events", Array(torn.utf8))
      let next = EventLog(EventFile(state: StateDirectory(folder)), report: { _ in })
      next.record(Self.event("destroy", at: 9))
      #expect(
        try next.listen(history: true, live: false).history.map(\.action) == ["start", "die", "destroy"])
    }
  }

  @Test func theFileIsBounded() throws {
    try Self.inFolder { folder, log in
      let long = String(repeating: "x", count: 10_000)
      for number in 0..<300 { log.record(Self.event("start", at: UInt64(number), ["label": long])) }
      for name in ["events", "events.old"] {
        #expect(
          try Files.status("\(folder)/\(name)").size
            < Int64(EventFile.maximum + 2 * EventFile.maximumEvent + 8))
      }
      log.record(Self.event("huge", at: 1000, ["label": String(repeating: "x", count: 1 << 20)]))
      let last = try log.listen(history: true, live: false).history.last
      #expect(last?.action == "huge")
      #expect(last?.attributes["label"] == nil)
    }
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
