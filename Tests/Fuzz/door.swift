/// libFuzzer's entry: Tests/Fuzz/run.sh compiles it with Tests/WherryRPCTests/Fuzz.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  if let fault = Fuzz.door(Array(UnsafeBufferPointer(start: start, count: count))) {
    fatalError(fault)
  }
  return 0
}
