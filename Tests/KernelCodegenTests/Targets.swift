import Machine

/// Targets for kernels: the float presets, and small ones that force every fallback.
enum Targets {
    /// 4 × 4 array and 4 KB: nothing fits.
    static let tiny = TargetDescription.headset.setting(.arrayRows, to: 4, source: "test")
        .setting(.arrayColumns, to: 4, source: "test").setting(.vectorLanes, to: 4, source: "test")
        .setting(.scratchpadBytes, to: 4096, source: "test").setting(.accumulatorBytes, to: 512, source: "test")
    /// Three cores of 8 × 4, output-stationary only.
    static let odd = TargetDescription.edge.setting(.cores, to: 3, source: "test")
        .setting(.arrayRows, to: 8, source: "test").setting(.arrayColumns, to: 4, source: "test")
        .setting(.weightStationary, to: 0, source: "test").setting(.scratchpadBytes, to: 32768, source: "test")
        .setting(.accumulatorBytes, to: 4096, source: "test")
    static let all = [TargetDescription.headset, .edge, .edgeMono, tiny, odd]
}
