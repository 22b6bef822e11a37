import Testing
import WherryModel
import WherryWire

@testable import WherryCommands

/// What `doctor` and `system wear` print.
struct DeviceViewTests {
  @Test func findingsAreTwoLinesAndKeepNoEscapes() {
    let finding = DoctorFinding(state: .warning, check: "disk", seen: "full\u{1b}[2J", remedy: "free it")
    let text = DoctorPrinter.text(finding, terminal: true)
    #expect(text.hasPrefix("warning  disk: full"))
    #expect(text.hasSuffix("\n         do: free it"))
    #expect(!text.contains("\u{1b}"))
    #expect(
      DoctorPrinter.text(DoctorFinding(state: .ok, check: "dns", seen: "answers"), terminal: false)
        == "ok       dns: answers")
    // A note on what is well is nothing to do.
    #expect(
      DoctorPrinter.text(DoctorFinding(state: .ok, check: "dns", seen: "a", remedy: "b"), terminal: false)
        == "ok       dns: a\n         b")
  }

  @Test func aStateOfANewerDaemonIsUnknown() {
    #expect(DoctorPrinter.word(DoctorState(rawValue: 99)) == "unknown")
  }

  private func view(_ entries: [WearEntry], rating: UInt64? = nil, lasts: UInt64? = nil) -> WearView {
    WearView(wear: SystemWearResult(entries: entries, rating: rating, wanted: nil, lasts: lasts))
  }

  private static let entries = [
    WearEntry(kind: .container, name: "web", written: 3_000_000, daily: 1_000_000, time: 259_200_000),
    WearEntry(kind: .container, name: "new", time: 0, gap: true),
    WearEntry(kind: .removed, name: "", written: 1_000_000, daily: 333_333, time: 259_200_000),
    WearEntry(kind: .engine, name: "", written: 0, time: 259_200_000),
    WearEntry(kind: .disk, name: "mmcblk0", written: 9_000_000, daily: 3_000_000, time: 259_200_000),
  ]

  @Test func wearIsATableWithShares() throws {
    let table = try TableFormat("", default: WearView.standard)
    let text = try table.render(view(Self.entries).rows, headers: WearView.headers)
    let lines = text.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
    #expect(lines.map { $0.last ?? "" } == ["SHARE", "75.0%", "--", "25.0%", "0.0%", "--"])
    #expect(text.contains("(whole disk mmcblk0)"))
    #expect(text.contains("3MB"))
  }

  @Test func whatIsNotCountedIsNullForPrograms() {
    let row = view(Self.entries).rows.dropFirst().first
    #expect(JSONWriter.compact(row ?? .null).contains("\"WrittenBytes\":null"))
    #expect(JSONWriter.compact(row ?? .null).contains("\"Written\":\"--\""))
  }

  @Test func theSummaryTellsOfTheRating() {
    #expect(view(Self.entries).summary.last?.contains("storage-rating") == true)
    let rated = view(Self.entries, rating: 30_000_000_000_000, lasts: 30).summary
    #expect(rated.last == "Rating: 30TB; at what is written now it lasts 2.5 years")
    #expect(rated.contains("Counted for: 3 days in which the device was on"))
    #expect(rated.contains { $0.hasPrefix("Not counted") })
  }
}
