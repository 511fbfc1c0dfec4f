import TensorIR

/// Vectors stretched over the grid that they span (`torch.meshgrid`): result i repeats vector i along all other dimensions.
package enum CoordinateGrid: DecomposedOperator {
    package static let name = "meshgrid"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.meshgrid.default", "aten.meshgrid.indexing"]) { (call: inout ImportCall) throws(OperatorError) in
            let vectors = try call.tensors("tensors")
            let indexing = try call.string("indexing", default: "ij")
            guard indexing == "ij" || indexing == "xy" else { throw OperatorError("meshgrid indexed by '\(indexing)'") }
            var order = Array(vectors.indices)
            // "xy" exchanges the first two dimensions of the grid.
            if indexing == "xy", order.count >= 2 { order.swapAt(0, 1) }
            let shape = order.map { call.type(vectors[$0]).elementCount }
            var results: [ValueID?] = []
            for (number, vector) in vectors.enumerated() {
                var own = shape.map { _ in 1 }
                let place = order.firstIndex(of: number) ?? number
                own[place] = shape[place]
                results.append(try call.expand(try call.reshape(vector, own), shape))
            }
            return results
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "rows and columns", "aten.meshgrid.indexing",
            ["tensors": .tensors([TensorType(.f32, [3]), TensorType(.f32, [4])], .uniform(-1, 1)), "indexing": .string("ij")],
            gives: .f32(3, 4), .f32(3, 4), tolerance: 0),
        OperatorExample(
            "columns and rows", "aten.meshgrid.indexing",
            ["tensors": .tensors([TensorType(.i64, [3]), TensorType(.i64, [2])], .integers(0, 9)), "indexing": .string("xy")],
            gives: TensorType(.i64, [2, 3]), TensorType(.i64, [2, 3]), tolerance: 0),
    ]
}
