import Basics
import Machine

/// A contraction in the form that tiles are cut from: strides folded, planes and batches merged into long rows where that changes nothing, types known.
struct ContractionShape {
    private(set) var contraction: Contraction
    private(set) var program: LaneProgram
    let type: MachineType
    /// Cycles a row of activations occupies the array.
    let macCycles: Int
    let arrayRows: Int
    let arrayColumns: Int
    /// Known at link time and packed in column blocks; otherwise found in the operand by strides.
    let weightIsConstant: Bool

    init(_ request: KernelRequest, _ contraction: Contraction, _ target: TargetView) throws(Diagnostic) {
        self.contraction = contraction
        program = request.program
        type = try request.machineType(of: contraction.input, target)
        guard try request.machineType(of: contraction.weight, target) == type else {
            throw .malformed("\(type.name) activations with weights of another type")
        }
        guard !request.program.hasReduction else { throw .malformed("a reduction along rows after a contraction") }
        try target.requireFloatLanes()
        guard type.isFloatingPoint else { throw .unsupported("a contraction of \(type.name) without requantisation") }
        macCycles = try target.requiredMacCycles(type)
        arrayRows = target.arrayRows
        arrayColumns = target.arrayColumns
        weightIsConstant = request.operands[contraction.weight].kind == .constant
        try check(request)
        foldStrides()
        mergePlane()
        mergeBatches()
    }

    var domain: LaneDomain { LaneDomain(contraction.domain) }

    /// Column chunks: how many planes wide the result is.
    var chunks: Int { (contraction.columns + arrayColumns - 1) / arrayColumns }

    /// How the weight must be packed.
    var packing: ConstantPacking {
        guard weightIsConstant else { return .rowMajor }
        let matrices = contraction.batches.filter { $0.weightStride != 0 }
        return .columnBlocks(
            ColumnBlocks(
                offset: contraction.weightOffset,
                matrices: matrices.map { ColumnBlocks.Level(count: $0.count, stride: $0.weightStride) },
                depth: [
                    .init(count: contraction.kernelHeight, stride: contraction.weightKernelRowStride),
                    .init(count: contraction.kernelWidth, stride: contraction.weightKernelColumnStride),
                    .init(count: contraction.channels, stride: contraction.weightChannelStride),
                ], columns: .init(count: contraction.columns, stride: contraction.weightColumnStride),
                blockColumns: arrayColumns))
    }

    private func check(_ request: KernelRequest) throws(Diagnostic) {
        let sizes = [
            contraction.inputHeight, contraction.inputWidth, contraction.channels, contraction.kernelHeight, contraction.kernelWidth,
            contraction.strideY, contraction.strideX, contraction.dilationY, contraction.dilationX,
        ]
        guard sizes.allSatisfy({ $0 >= 1 }), contraction.padTop >= 0, contraction.padLeft >= 0 else {
            throw .malformed("a contraction with an empty dimension")
        }
        let batches = contraction.batches
        let lastInput =
            batches.reduce(contraction.inputOffset) { $0 + ($1.count - 1) * $1.inputStride }
            + (contraction.inputHeight - 1) * contraction.inputRowStride
            + (contraction.inputWidth - 1) * contraction.inputPixelStride + contraction.channels - 1
        let lastWeight =
            batches.reduce(contraction.weightOffset) { $0 + ($1.count - 1) * $1.weightStride }
            + (contraction.kernelHeight - 1) * contraction.weightKernelRowStride
            + (contraction.kernelWidth - 1) * contraction.weightKernelColumnStride
            + (contraction.channels - 1) * contraction.weightChannelStride
            + (contraction.columns - 1) * contraction.weightColumnStride
        guard lastInput < request.operands[contraction.input].elementCount,
            lastWeight < request.operands[contraction.weight].elementCount
        else { throw .malformed("a contraction reads outside its operands") }
    }

    /// Whether every result pixel reads one input pixel of its own.
    private var isPointwise: Bool {
        contraction.kernelHeight == 1 && contraction.kernelWidth == 1 && contraction.padTop == 0 && contraction.padLeft == 0
            && (contraction.outputHeight - 1) * contraction.strideY < contraction.inputHeight
            && (contraction.outputWidth - 1) * contraction.strideX < contraction.inputWidth
    }

    /// A strided 1 × 1 kernel reads a sparser picture.
    private mutating func foldStrides() {
        guard isPointwise else { return }
        contraction.inputRowStride *= contraction.strideY
        contraction.inputPixelStride *= contraction.strideX
        contraction.inputHeight = contraction.outputHeight
        contraction.inputWidth = contraction.outputWidth
        (contraction.strideY, contraction.strideX) = (1, 1)
    }

    /// Makes one row of a plane whose rows follow one another in every operand.
    private mutating func mergePlane() {
        let height = contraction.outputHeight
        guard isPointwise, height > 1 else { return }
        let rank = contraction.batches.count + 3
        guard canMerge(outer: rank - 3, inner: rank - 2, contraction.inputRowStride) else { return }
        merge(outer: rank - 3, inner: rank - 2)
        if contraction.outputWidth == 1 { contraction.inputPixelStride = contraction.inputRowStride }
        contraction.outputWidth *= height
        contraction.inputWidth = contraction.outputWidth
        (contraction.outputHeight, contraction.inputHeight) = (1, 1)
        program = program.inserting(dimension: rank - 3)
    }

    /// Makes longer rows of batches that share the weight, and drops batches of one.
    private mutating func mergeBatches() {
        for index in contraction.batches.indices.reversed() where contraction.batches[index].count == 1 {
            contraction.batches.remove(at: index)
            program = program.removing(dimension: index)
        }
        while let batch = contraction.batches.last, batch.weightStride == 0, isPointwise, contraction.outputHeight == 1 {
            let index = contraction.batches.count - 1
            guard canMerge(outer: index, inner: index + 2, batch.inputStride) else { return }
            if contraction.outputWidth == 1 { contraction.inputPixelStride = batch.inputStride }
            merge(outer: index, inner: index + 2)
            contraction.batches.removeLast()
            contraction.outputWidth *= batch.count
            contraction.inputWidth = contraction.outputWidth
        }
    }

    /// Whether dimension `outer` continues dimension `inner` (the pixels of a row) in every access.
    private func canMerge(outer: Int, inner: Int, _ inputStride: Int) -> Bool {
        let width = contraction.outputWidth
        if width == 1 { return true }
        return inputStride == width * contraction.inputPixelStride
            && MergedLanes.accesses(of: program).allSatisfy { $0.strides[outer] == width * $0.strides[inner] }
    }

    private mutating func merge(outer: Int, inner: Int) {
        let takesOuter = contraction.outputWidth == 1
        program = program.mapAccesses { access in
            var access = access
            if takesOuter { access.strides[inner] = access.strides[outer] }
            access.strides.remove(at: outer)
            return access
        }
    }
}

extension LaneProgram {
    /// The program with every access changed.
    func mapAccesses(_ change: (LaneAccess) -> LaneAccess) -> LaneProgram {
        var program = self
        for index in steps.indices {
            if case .operand(let number, let access) = steps[index] { program.steps[index] = .operand(number, change(access)) }
        }
        for index in outputs.indices { program.outputs[index].access = change(outputs[index].access) }
        return program
    }

    /// Without a dimension (of one index).
    func removing(dimension: Int) -> LaneProgram {
        mapAccesses { access in
            var access = access
            access.strides.remove(at: dimension)
            return access
        }
    }

    /// With a new dimension of one index.
    func inserting(dimension: Int) -> LaneProgram {
        mapAccesses { access in
            var access = access
            access.strides.insert(0, at: dimension)
            return access
        }
    }
}
