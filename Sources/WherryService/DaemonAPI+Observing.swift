import WherryEngine
import WherryModel
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func systemUsage(_ params: SystemUsageParams, context: CallContext) async throws
    -> SystemUsageResult
  {
    try await serve(context, "") {
      let usage = try await engine.diskUsage()
      return SystemUsageResult(
        layersSize: usage.layersSize,
        images: usage.images.map {
          ImageUsage(image: $0.image.summary(users: engine.images.userCount(of: $0.image)), shared: $0.shared)
        }, containers: usage.containers.map { ContainerSize(container: $0.container.summary, size: $0.size) })
    }
  }

  package func systemEvents(
    _ params: SystemEventsParams, output: ItemSink<Event>, context: CallContext
  ) async throws -> SystemEventsResult {
    try await serve(context, "") {
      try await engine.events(since: params.since, until: params.until, filters: params.filters ?? [:]) {
        event in
        try await output.send(event)
      }
      return SystemEventsResult()
    }
  }
}
