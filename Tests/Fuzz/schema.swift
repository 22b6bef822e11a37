import Glibc

/// libFuzzer's entry: Tests/Fuzz/run.sh compiles it with Tests/WherryWireTests.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  if let fault = Fuzz.schema(Array(UnsafeBufferPointer(start: start, count: count))) {
    fatalError(fault)
  }
  return 0
}

/// With `WHERRY_SEEDS=FOLDER` it writes an input for each sample there, and ends.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<CInt>?,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
  guard let folder = getenv("WHERRY_SEEDS") else { return 0 }
  for (index, seed) in Fuzz.seeds.enumerated() {
    guard let file = fopen("\(String(cString: folder))/seed-\(index)", "w") else { exit(1) }
    fwrite(seed, 1, seed.count, file)
    fclose(file)
  }
  exit(0)
}
