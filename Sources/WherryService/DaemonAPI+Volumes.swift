import WherryEngine
import WherryModel
package import WherryRPC
package import WherryWire

extension DaemonAPI {
  package func volumeCreate(
    _ params: VolumeCreateParams, context: CallContext
  ) async throws -> VolumeCreateResult {
    // Of the local driver, a volume may be any folder or disk of the device.
    var privileges = params.options?["device"].map { ["volume-device:\($0)"] } ?? []
    if let driver = params.driver { privileges.append("volume-driver:\(driver)") }
    return try await serve(context, params.name ?? "a volume", privileges: privileges) {
      try await engine.volumes.create(
        params.name, driver: params.driver, options: params.options, labels: params.labels)
    }
  }

  package func volumeList(_ params: VolumeListParams, context: CallContext) async throws -> VolumeListResult {
    try await serve(context, "") {
      VolumeListResult(volumes: try engine.volumes.list(filters: params.filters ?? [:]))
    }
  }

  package func volumeInspect(
    _ params: VolumeInspectParams, context: CallContext
  ) async throws -> VolumeInspectResult {
    try await serve(context, params.name) { try await engine.volumes.inspect(params.name) }
  }

  package func volumeRemove(
    _ params: VolumeRemoveParams, context: CallContext
  ) async throws -> VolumeRemoveResult {
    try await serve(context, params.name) {
      try await engine.volumes.remove(params.name, force: params.force ?? false)
      return VolumeRemoveResult()
    }
  }

  package func volumePrune(
    _ params: VolumePruneParams, context: CallContext
  ) async throws -> VolumePruneResult {
    try await serve(context, "volumes without a container") {
      let pruned = try await engine.volumes.prune(
        all: params.all ?? false, filters: params.filters ?? [:], dryRun: params.dryRun ?? false)
      return VolumePruneResult(deleted: pruned.names, reclaimed: pruned.reclaimed)
    }
  }

  package func volumeExport(
    _ params: VolumeExportParams, output: ItemSink<ArchiveChunk>, context: CallContext
  ) async throws -> VolumeExportResult {
    try await serve(context, params.name) {
      try await engine.volumes.export(params.name) { bytes in
        try await output.send(ArchiveChunk(data: bytes))
      }
      return VolumeExportResult()
    }
  }

  package func volumeImport(
    _ params: VolumeImportParams, input: ItemSource<ArchiveChunk>, context: CallContext
  ) async throws -> VolumeImportResult {
    try await serve(context, params.name) {
      try await engine.volumes.importArchive(params.name, chunks: input.map { $0.data })
      return VolumeImportResult()
    }
  }

  package func volumeSnapshot(
    _ params: VolumeSnapshotParams, context: CallContext
  ) async throws -> VolumeSnapshotResult {
    try await serve(context, "\(params.name) to \(params.snapshot)") {
      let result = try await engine.snapshotVolume(params.name, as: params.snapshot)
      return VolumeSnapshotResult(
        volume: result.volume, files: result.copied.files, shared: result.copied.shared)
    }
  }

  package func volumeRestore(
    _ params: VolumeRestoreParams, context: CallContext
  ) async throws -> VolumeRestoreResult {
    try await serve(context, "\(params.name) from \(params.snapshot)") {
      let copied = try await engine.volumes.restore(params.name, from: params.snapshot)
      return VolumeRestoreResult(files: copied.files, shared: copied.shared)
    }
  }
}
