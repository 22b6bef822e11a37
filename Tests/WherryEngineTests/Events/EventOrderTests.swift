import Testing
import WherryEngine
import WherryModel
import WherryWire

@Suite struct EventOrderTests {
  private static func event(_ id: String, _ action: String, milliseconds: UInt64) -> Event {
    Event(
      time: Timestamp(nanoseconds: milliseconds * 1_000_000), type: "container", action: action, id: id,
      attributes: [:])
  }

  private static func told(_ events: [Event]) -> [String] { EventOrder.byTime(events).map(\.action) }

  @Test func anEndWithinATickIsAfterItsStart() {
    #expect(
      Self.told([
        Self.event("a", "create", milliseconds: 100), Self.event("a", "start", milliseconds: 120),
        Self.event("a", "die", milliseconds: 116), Self.event("a", "destroy", milliseconds: 118),
      ]) == ["create", "start", "die", "destroy"])
  }

  @Test func whatIsToldLateIsTellingOfItsOwnTime() {
    #expect(
      Self.told([
        Self.event("a", "create", milliseconds: 100), Self.event("b", "create", milliseconds: 900),
        Self.event("a", "update", milliseconds: 800), Self.event("a", "die", milliseconds: 200),
      ]) == ["create", "die", "update", "create"])
  }

  @Test func othersAreNotHeldTogetherByATick() {
    #expect(
      Self.told([Self.event("a", "start", milliseconds: 120), Self.event("b", "die", milliseconds: 116)])
        == ["die", "start"])
  }

  @Test func timesAtTheEndsOfTheScaleAreNoTrap() {
    let first = Event(time: Timestamp(nanoseconds: .max), type: "", action: "last", id: "a", attributes: [:])
    let second = Event(
      time: Timestamp(nanoseconds: .min), type: "", action: "first", id: "a", attributes: [:])
    #expect(Self.told([first, second]) == ["first", "last"])
  }
}
