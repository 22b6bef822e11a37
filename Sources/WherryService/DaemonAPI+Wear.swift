import WherryEngine
import WherryModel
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func systemWear(_ params: SystemWearParams, context: CallContext) async throws -> SystemWearResult {
    try await serve(context, "") {
      let report = try await engine.wear()
      return SystemWearResult(
        entries: report.rows.map(\.wire), rating: report.rating?.bytes,
        wanted: report.rating.map { Self.months($0.years) }, lasts: report.life.map(Self.months))
    }
  }

  private static func months(_ years: Double) -> UInt64 { UInt64(min(years * 12, 1e9)) }
}

extension WearReport.Row {
  fileprivate var wire: WearEntry {
    let kind: WearKind =
      switch writer {
      case .container: .container
      case .removed: .removed
      case .engine: .engine
      case .disk: .disk
      }
    return WearEntry(
      kind: kind, name: name, written: written, daily: daily, time: time, gap: hasGap ? true : nil)
  }
}
