import Basics
import Machine

/// Interpolation: a tile of input rows is mixed along the width into lines of f32, lines are mixed into result rows, the lane program follows.
///
/// Taps are structure, so their weights are immediates. Result columns with the same weights whose input columns advance evenly are mixed by one instruction
/// per line: an integer scale takes as many as it has phases, besides the borders.
func resizeKernel(_ request: KernelRequest, _ resize: Resize, _ target: TargetView) throws(Diagnostic) -> KernelIR {
    try target.requireFloatLanes()
    let type = try request.machineType(of: resize.input, target)
    try check(request, resize, type)
    guard !request.program.hasReduction else { throw .malformed("a reduction along rows after a resize") }
    let domain = LaneDomain(resize.domain)
    let plan = try LanePlan(request, program: request.program, domain: domain, rootIsSums: false, target: target)
    guard let tiling = ResizeTiling.best(resize, type, plan, target) else { throw .tooSmall("a resize", target) }
    var builder = KernelBuilder()
    let emitter = ResizeEmitter(resize, type, plan, tiling, cores: target.cores, in: &builder)
    try emitter.emit(in: &builder)
    return builder.finished
}

private func check(_ request: KernelRequest, _ resize: Resize, _ type: MachineType) throws(Diagnostic) {
    guard type.isFloatingPoint else { throw .unsupported("a resize of \(type.name)", help: "cast to f32 before") }
    let last =
        resize.inputOffset + (resize.batch - 1) * resize.inputBatchStride
        + (resize.inputHeight - 1) * resize.inputRowStride + (resize.inputWidth - 1) * resize.inputPixelStride
        + resize.channels - 1
    guard last < request.operands[resize.input].elementCount else { throw .malformed("a resize reads outside its input") }
    func areInside(_ taps: [ResizeTap], _ count: Int) -> Bool {
        taps.allSatisfy { (0..<count).contains($0.first) && (0..<count).contains($0.second) }
    }
    guard areInside(resize.rows, resize.inputHeight), areInside(resize.columns, resize.inputWidth) else {
        throw .malformed("a tap outside the input")
    }
}

extension Sequence where Element == ResizeTap {
    /// The input rows (or columns) that the taps read; a tap whose second weight is 0 reads one.
    var inputRange: Range<Int> {
        var (low, high) = (Int.max, 0)
        for tap in self {
            low = Swift.min(low, tap.first)
            high = Swift.max(high, tap.first + 1)
            if tap.secondWeight != 0 {
                low = Swift.min(low, tap.second)
                high = Swift.max(high, tap.second + 1)
            }
        }
        return Swift.min(low, high)..<high
    }
}

/// A tile of result pixels and channels of a resize.
struct ResizeTiling: Hashable {
    var height: Int
    var width: Int
    var channels: Int
    /// Slots of input, operand and result tiles.
    var slots: Int

    /// Most input rows (or columns) that `size` neighbouring results read.
    static func reach(_ taps: [ResizeTap], _ size: Int) -> Int {
        stride(from: 0, to: taps.count, by: size).map { taps[$0..<min($0 + size, taps.count)].inputRange.count }.max() ?? 0
    }

    /// The largest tile that fits, with enough tiles to overlap; nil when not even one pixel does.
    static func best(_ resize: Resize, _ type: MachineType, _ plan: LanePlan, _ target: TargetView) -> ResizeTiling? {
        let cores = target.cores
        let budget = target.scratchpadBytes / 2
        for channels in evenCuts(min(resize.channels, 4096)) {
            for width in evenCuts(resize.columns.count) {
                for height in evenCuts(resize.rows.count) {
                    let tiling = ResizeTiling(height: height, width: width, channels: channels, slots: 2 * cores)
                    guard height * width * channels <= LaneTiling.enoughElements || height == 1 else { continue }
                    if tiling.fits(resize, type, plan, budget: budget, cores: cores) { return tiling }
                }
            }
        }
        return nil
    }

    private func fits(_ resize: Resize, _ type: MachineType, _ plan: LanePlan, budget: Int, cores: Int) -> Bool {
        func rounded(_ bytes: Int) -> Int { (bytes + 63) & ~63 }
        let lines = Self.reach(resize.rows, height)
        let pixels = (rows: height * width, columns: channels)
        let input = lines * Self.reach(resize.columns, width) * channels * type.sizeBytes
        let line = 4 * width * channels
        let bytes =
            slots * rounded(input) + cores * (rounded(lines * line) + rounded(line) + rounded(height * line))
            + plan.workspaceBytes(block: pixels, part: pixels, slots: slots, cores: cores)
        return bytes <= budget && input < 1 << 20 && height * line < 1 << 20 && height * width < 1 << 14
            && lines < 1 << 13 && Self.reach(resize.columns, width) < 1 << 13
    }
}
