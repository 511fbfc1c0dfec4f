import TensorIR

/// Blocks of channels become blocks of pixels (`torch.nn.functional.pixel_shuffle`; what is left of a transposed convolution):
/// `[N, C · rᵧ · rₓ, H, W]` becomes `[N, C, H · rᵧ, W · rₓ]`, of which `crop` says where the result begins and `size` how large it is.
///
/// Channel `(c · rᵧ + y) · rₓ + x` gives pixel (y, x) of each block of channel c; with `isBlockMajor` it is channel `(y · rₓ + x) · C + c`, so that neighbouring
/// channels stay neighbours.
package struct DepthToSpace: CopyOperator {
    package static let name = "depth_to_space"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.pixel_shuffle.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let factor = try call.int("upscale_factor")
            let shape = call.type(operand).shape
            guard shape.count >= 3, factor >= 1, shape[shape.count - 3] % (factor * factor) == 0 else {
                throw OperatorError("pixel_shuffle of \(shape) by \(factor)")
            }
            let (channels, height, width) = (shape[shape.count - 3], shape[shape.count - 2], shape[shape.count - 1])
            let batched = try call.reshape(operand, [shape.dropLast(3).reduce(1, *), channels, height, width])
            let operation = DepthToSpace(block: [factor, factor], size: [height * factor, width * factor])
            let result = try call.emit(operation, [batched])
            return [try call.reshape(result, shape.dropLast(3) + call.type(result).shape[1...])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "by 2", "aten.pixel_shuffle.default", ["self": .f32(1, 8, 3, 2), "upscale_factor": .int(2)], gives: .f32(1, 2, 6, 4),
            tolerance: 0),
        OperatorExample(
            "by 3, without a batch", "aten.pixel_shuffle.default", ["self": .f32(9, 2, 2), "upscale_factor": .int(3)], gives: .f32(1, 6, 6),
            tolerance: 0),
        OperatorExample(
            "channels that do not divide", "aten.pixel_shuffle.default", ["self": .f32(1, 6, 2, 2), "upscale_factor": .int(2)],
            refused: "pixel_shuffle of [1, 6, 2, 2] by 2"),
    ]

    /// Rows and columns of a block.
    package let block: [Int]
    package let crop: [Int]
    package let size: [Int]
    package let isBlockMajor: Bool

    package init(block: [Int], crop: [Int] = [0, 0], size: [Int], isBlockMajor: Bool = false) {
        self.block = block
        self.crop = crop
        self.size = size
        self.isBlockMajor = isBlockMajor
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        block = try reader.ints("block")
        crop = try reader.ints("crop")
        size = try reader.ints("size")
        isBlockMajor = try reader.bool("block_major")
        for list in [block, crop, size] where list.count != 2 { throw OperatorError("a list of \(list.count) spatial numbers") }
    }

    package var attributes: Attributes {
        ["block": .ints(block), "crop": .ints(crop), "size": .ints(size), "block_major": .bool(isBlockMajor)]
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard operand.rank == 4, block.allSatisfy({ $0 >= 1 }), operand.shape[1] % (block[0] * block[1]) == 0,
            (0..<2).allSatisfy({ crop[$0] >= 0 && size[$0] >= 0 && crop[$0] + size[$0] <= operand.shape[2 + $0] * block[$0] })
        else { throw OperatorError("blocks of \(block) from channels of \(operand), \(size) from \(crop) on") }
        return [operand.with(shape: [operand.shape[0], operand.shape[1] / (block[0] * block[1])] + size)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let source = operands[0].type.shape
        let values = operands[0].doubles
        var result: [Double] = []
        result.reserveCapacity(type.elementCount)
        for image in 0..<type.shape[0] {
            for channel in 0..<type.shape[1] {
                for y in crop[0]..<crop[0] + size[0] {
                    for x in crop[1]..<crop[1] + size[1] {
                        let from = image * source[1] + self.channel(channel, y % block[0], x % block[1], of: type.shape[1])
                        result.append(values[(from * source[2] + y / block[0]) * source[3] + x / block[1]])
                    }
                }
            }
        }
        return [Tensor(type, doubles: result)]
    }

    /// The operand's channel that gives pixel (y, x) of the blocks of a channel.
    private func channel(_ channel: Int, _ y: Int, _ x: Int, of channels: Int) -> Int {
        isBlockMajor ? (y * block[1] + x) * channels + channel : (channel * block[0] + y) * block[1] + x
    }

    /// One box for each pixel of a block: every `block`th pixel of the result.
    package func boxes(_ operands: [StridedView], _ result: StridedView) -> [CopyBox] {
        let channels = result.shape[1]
        var boxes: [CopyBox] = []
        for y in 0..<block[0] {
            for x in 0..<block[1] {
                let step = isBlockMajor ? 1 : block[0] * block[1]
                var source = operands[0].sliced(1, start: channel(0, y, x, of: channels), count: channels, step: step)
                var place = result
                for (axis, phase) in [y, x].enumerated() {
                    // The first position of the phase at or behind the crop, in blocks and in the result.
                    let first = (max(crop[axis] - phase, 0) + block[axis] - 1) / block[axis]
                    let start = first * block[axis] + phase - crop[axis]
                    let count = max((size[axis] - start + block[axis] - 1) / block[axis], 0)
                    source = source.sliced(2 + axis, start: first, count: count, step: 1)
                    place = place.sliced(2 + axis, start: start, count: count, step: block[axis])
                }
                if !place.shape.contains(0) { boxes.append(CopyBox(.operand(0, source), place)) }
            }
        }
        return boxes
    }
}
