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
        },
        containers: usage.containers.map {
          ContainerSize(container: $0.container.summary(ports: nil), size: $0.size)
        },
        volumes: usage.volumes.map {
          VolumeUsage(
            volume: $0.volume, size: $0.size, links: UInt64(($0.volume.containers ?? []).count))
        },
        aside: usage.aside.map {
          AsideUsage(count: UInt64($0.count), size: $0.size, reclaimable: $0.reclaimable)
        })
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
