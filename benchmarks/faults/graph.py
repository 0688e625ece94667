"""Faults in the graph: neighbors, distances, ties, masks, edge features."""

from faults.fault import Fault

TESTS = ("graph", "properties")

FAULTS = [
    Fault(
        "degree off by one",
        "graph/neighbors.py",
        "min(check_k(k), len(points.source))",
        "min(check_k(k) - 1, len(points.source))",
    ),
    Fault("degrees for radians", "graph/sphere.py", "torch.deg2rad(latitude)", "latitude"),
    Fault(
        "longitude and latitude swapped",
        "graph/sphere.py",
        "longitude, latitude = pos.unbind(1)",
        "latitude, longitude = pos.unbind(1)",
    ),
    Fault(
        "longitude not wrapped",
        "graph/sphere.py",
        "torch.deg2rad(torch.remainder(longitude, 360.0))",
        "torch.deg2rad(longitude)",
    ),
    Fault(
        "distance on a plane", "graph/sphere.py", "parallel = latitude.cos()", "parallel = torch.ones_like(latitude)"
    ),
    Fault(
        "chord taken for the great circle",
        "graph/sphere.py",
        "torch.asin((chord * 0.5).clamp_(max=1.0)).mul_(2 *",
        "(chord * 0.5).mul_(2 *",
    ),
    Fault(
        "coordinates not checked", "graph/sphere.py", "south >= -90 and north <= 90", "south >= -900 and north <= 900"
    ),
    Fault(
        "ties in reversed order",
        "graph/tie_breaking.py",
        "by_index = station.argsort(dim=1)",
        "by_index = station.argsort(dim=1, descending=True)",
    ),
    Fault("ties not detected", "graph/tie_breaking.py", "if gap.amin() > _APART:", "if True:"),
    Fault(
        "ties at the border not searched again",
        "graph/tie_breaking.py",
        "settled |= width == sources",
        "settled |= True",
    ),
    Fault(
        "ties not rounded",
        "graph/tie_breaking.py",
        "return torch.round(chord * (EARTH_RADIUS_KM / TIE_KM))",
        "return chord * (EARTH_RADIUS_KM / TIE_KM)",
    ),
    Fault(
        "unsorted: nearest last",
        "graph/tie_breaking.py",
        "distance.gather(1, by_index).argsort(dim=1, stable=True)",
        "distance.gather(1, by_index).argsort(dim=1, stable=True, descending=True)",
    ),
    Fault(
        "self edge allowed",
        "graph/tie_breaking.py",
        "distance = distance.masked_fill(station == target_station[:, None], torch.inf)",
        "pass",
    ),
    Fault("wrong batch offset", "graph/search_points.py", "GRAPH_OFFSET = 4.0", "GRAPH_OFFSET = 0.0"),
    Fault(
        "graph of the targets ignored",
        "graph/search_points.py",
        "batch_dst[:, None] * GRAPH_OFFSET",
        "0 * batch_dst[:, None]",
    ),
    Fault(
        "masks ignored",
        "graph/visibility_masks.py",
        "usable = visible.flatten().index_select(0, source.flatten()).view(rows, width)",
        "usable = torch.ones_like(source, dtype=torch.bool)",
    ),
    Fault(
        "graphs of masks not numbered apart",
        "graph/visibility_masks.py",
        "    return edge_index\n",
        "    return edge_index % stations\n",
    ),
    Fault(
        "kernel's order not undone",
        "graph/kernels.py",
        "found[targets] = sources[chosen.nearest(source[sources], target[targets], k)]",
        "found[targets] = chosen.nearest(source[sources], target[targets], k)",
    ),
    Fault(
        "radius stops at few neighbors",
        "graph/kernels.py",
        "torch_cluster.radius(source, target, radius, max_num_neighbors=len(source))",
        "torch_cluster.radius(source, target, radius, max_num_neighbors=2)",
    ),
    Fault(
        "radius in chords", "graph/radius.py", "reach = km_to_chord(radius_km)", "reach = radius_km / EARTH_RADIUS_KM"
    ),
    Fault("radius without its circle", "graph/radius.py", "reach + 2 * TIE_KM / EARTH_RADIUS_KM", "reach * 0.999"),
    Fault("radius with self edges", "graph/radius.py", "kept &= source != target", "pass"),
    Fault(
        "edges within a radius unsorted",
        "graph/radius.py",
        "torch.stack([source, target])[:, edge_order(source, target, chord)]",
        "torch.stack([source, target])",
    ),
    Fault("mutual graph isolates hidden stations", "graph/variants.py", "kept |= ~visible.bool()[target]", "pass"),
    Fault(
        "symmetric graph leaks from hidden stations",
        "graph/variants.py",
        "reverse = reverse[:, visible.bool()[reverse[0]]]",
        "pass",
    ),
    Fault("hidden keeps x", "graph/hiding.py", 'for name in ("x", "x_mask"):', 'for name in ("x_mask",):'),
    Fault("hidden keeps its mask", "graph/hiding.py", 'for name in ("x", "x_mask"):', 'for name in ("x",):'),
    Fault(
        "hiding shows others",
        "graph/hiding.py",
        "data.visible = visible_mask(data) & ~hidden",
        "data.visible = ~hidden",
    ),
    Fault("blocks hide more than the fraction", "graph/hiding.py", "left -= size[number]", "pass"),
    Fault(
        "wind against the way",
        "graph/wind.py",
        "wind[:, 0] * east + wind[:, 1] * north",
        "wind[:, 0] * north + wind[:, 1] * east",
    ),
    Fault(
        "leak from a hidden station",
        "graph/search_points.py",
        "source_station = visible.nonzero().flatten()",
        "source_station = torch.arange(len(pos))",
    ),
    Fault(
        "hidden station counted as its own neighbor",
        "graph/search_points.py",
        "(1 if visible is None or source_station is None else (visible != 0).long())",
        "torch.ones_like(target_station)",
    ),
    Fault(
        "weights sum to one over all targets",
        "graph/weights.py",
        "softmax(logarithm, edges.edge_index[1],",
        "softmax(logarithm, 0 * edges.edge_index[1],",
    ),
    Fault(
        "bearing from the source, not the target",
        "graph/edges.py",
        "return self._directions(1)",
        "return self._directions(0)",
    ),
    Fault(
        "north for east",
        "graph/edges.py",
        "east[part], north[part] = x / size, y / size",
        "east[part], north[part] = y / size, x / size",
    ),
    Fault(
        "a direction where points coincide",
        "graph/edges.py",
        "threshold(torch.hypot(x, y), _METER, torch.inf)",
        "torch.hypot(x, y)",
    ),
    Fault("reverse direction not negated", "graph/edges.py", "return -east, -north", "return east, north"),
    Fault("distances of other edges", "graph/neighbors.py", "edges.chord = chord", "edges.chord = chord.flip(0)"),
    Fault(
        "edges between two chunks omitted",
        "graph/edges.py",
        "slice(first, first + _CHUNK)",
        "slice(first, first + _CHUNK - 1)",
    ),
]
