import WherryEngine
import WherryModel
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func systemUsage(_ params: SystemUsageParams, context: CallContext) async throws
    -> SystemUsageResult
  {
    try await serve(context, "") {
      throw WherryError(.unsupported, "system-usage comes later")
    }
  }

  package func systemEvents(
    _ params: SystemEventsParams, output: ItemSink<Event>, context: CallContext
  ) async throws -> SystemEventsResult {
    try await serve(context, "") {
      throw WherryError(.unsupported, "system-events comes later")
    }
  }
}
