//! The wildcard filters of the index: a tree of levels, held flat.

use alloc::string::String;
use alloc::vec::Vec;

use super::hash::TopicHasher;
use super::slot_table::SlotTable;
use super::text_store::{Span, TextStore, grow_by_quarter};
use super::trie_walk::{MatchScratch, TopicLevels, level_len};

/// A radix tree over levels.
///
/// A node's label is one or more levels (`+` may be among them), so a chain of levels without a branch is one node, and
/// a filter that shares nothing with others costs one node and its own text. Children below a literal first level are
/// found in one table for the whole tree, keyed by parent and level; the child below `+` and the filter that ends in `#`
/// are fields. No two children of a node begin with the same level. A node that carries no filter has at least two
/// children (removal joins it with its only child otherwise), so there are fewer than two nodes a filter.
#[derive(Debug)]
pub(super) struct FilterTrie {
    hasher: TopicHasher,
    nodes: Vec<Node>,
    first_free: u32,
    table: SlotTable,
    text: TextStore,
}

/// 32 bytes; a free node keeps the next free one in `parent`.
#[derive(Debug, Clone, Copy)]
struct Node {
    parent: u32,
    label: Span,
    /// The filter that ends here.
    exact: u32,
    /// The filter that ends here with a `#` as its next level.
    multi_level: u32,
    /// The child whose label begins with `+`.
    single_level_child: u32,
    /// How many children begin with a literal level.
    literal_children: u32,
    /// The exclusive or of their numbers: when there is one left, this is it.
    literal_children_xor: u32,
}

impl FilterTrie {
    pub(super) fn new(hasher: TopicHasher) -> Self {
        Self { hasher, nodes: Vec::new(), first_free: NONE, table: SlotTable::new(), text: TextStore::new() }
    }

    /// Whether another filter of `len` bytes fits: node numbers and text offsets have 32 bits.
    pub(super) fn has_room(&self, len: usize) -> bool {
        self.text.has_room(len.saturating_add(1)) && self.nodes.len() < NONE as usize - 4
    }

    /// Adds `filter`, which must not be there yet, under the number `id`. Returns the node at which it ends.
    pub(super) fn insert(&mut self, filter: &[u8], id: u32) -> u32 {
        if self.nodes.is_empty() {
            self.nodes.push(Node::new(NONE, Span::EMPTY));
        }
        let (path, is_multi_level) = split_multi_level(filter);
        let node = path.map_or(ROOT, |path| self.make_path(path));
        self.update(node, |node| if is_multi_level { node.multi_level = id } else { node.exact = id });
        node
    }

    /// Removes filter `id`, which ends at `node`.
    pub(super) fn remove(&mut self, node: u32, id: u32) {
        self.update(node, |node| {
            if node.multi_level == id {
                node.multi_level = NONE;
            } else if node.exact == id {
                node.exact = NONE;
            }
        });
        self.prune(node);
        if self.text.is_wasteful() {
            self.move_text();
        }
    }

    /// The number of `filter`.
    pub(super) fn find(&self, filter: &[u8]) -> Option<u32> {
        let (path, is_multi_level) = split_multi_level(filter);
        let mut at = ROOT;
        let mut rest = path;
        while let Some(levels) = rest {
            at = self.child(at, first_level(levels))?;
            let label = self.label(at);
            let common = common_levels(label, levels);
            if common < label.len() {
                return None;
            }
            rest = levels.get(common + 1..);
        }
        let node = self.node(at);
        let id = if is_multi_level { node.multi_level } else { node.exact };
        (id != NONE).then_some(id)
    }

    /// Calls `visit` with the number of every filter that matches; returns the number of nodes looked at.
    pub(super) fn for_each_match(&self, topic: &[u8], scratch: &mut MatchScratch, mut visit: impl FnMut(u32)) -> usize {
        if self.nodes.is_empty() {
            return 0;
        }
        let (mut levels, stack) = scratch.begin(topic);
        let is_dollar = topic.first() == Some(&b'$');
        let mut steps = 0;
        stack.push((ROOT, 0));
        while let Some((at, depth)) = stack.pop() {
            steps += 1;
            let node = self.node(at);
            // Only the root stands at depth 0, and only its wildcards are leading ones [MQTT-4.7.2-1].
            let wildcards_match = depth > 0 || !is_dollar;
            if node.multi_level != NONE && wildcards_match {
                visit(node.multi_level);
            }
            let Some(level) = levels.text(depth) else {
                if node.exact != NONE {
                    visit(node.exact);
                }
                continue;
            };
            if node.single_level_child != NONE && wildcards_match {
                stack.extend(self.follow(node.single_level_child, 1, &mut levels, depth));
            }
            if node.literal_children > 0 {
                let tag = self.hasher.child_tag(at, levels.hash(depth, self.hasher));
                if let Some(child) = self.table.find(tag, |child| self.is_child(child, at, level)) {
                    stack.extend(self.follow(child, level.len(), &mut levels, depth));
                }
            }
        }
        scratch.end();
        steps
    }

    /// Appends the text of filter `id`, which ends at `node`.
    pub(super) fn write_filter(&self, node: u32, id: u32, text: &mut String) {
        let mut path = Vec::new();
        let mut at = node;
        while at != ROOT && at != NONE {
            path.push(at);
            at = self.node(at).parent;
        }
        let mut labels = path.iter().rev().map(|at| self.label(*at));
        let multi_level: &[u8] = b"#";
        let ending = (self.node(node).multi_level == id).then_some(multi_level);
        for (index, label) in labels.by_ref().chain(ending).enumerate() {
            if index > 0 {
                text.push('/');
            }
            // Labels are cut at '/' only, so they are whole characters.
            text.push_str(str::from_utf8(label).unwrap_or_default());
        }
    }

    pub(super) fn size_bytes(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>() + self.table.size_bytes() + self.text.size_bytes()
    }

    /// The depth behind the label of `child`, whose first level has `first_len` bytes and matches the one at `depth`, if
    /// the rest of the label matches too.
    fn follow(
        &self,
        child: u32,
        first_len: usize,
        levels: &mut TopicLevels<'_, '_>,
        depth: usize,
    ) -> Option<(u32, usize)> {
        let mut rest = self.label(child).get(first_len + 1..);
        let mut depth = depth + 1;
        while let Some(expected) = rest {
            let len = level_len(expected);
            let level = levels.text(depth)?;
            if expected.get(..len)? != level && expected.get(..len)? != b"+" {
                return None;
            }
            rest = expected.get(len + 1..);
            depth += 1;
        }
        Some((child, depth))
    }

    fn make_path(&mut self, path: &[u8]) -> u32 {
        let mut at = ROOT;
        let mut rest = path;
        loop {
            let Some(child) = self.child(at, first_level(rest)) else {
                let label = self.text.push(rest);
                let leaf = self.add(Node::new(at, label));
                self.link(at, leaf);
                return leaf;
            };
            let common = common_levels(self.label(child), rest);
            at = if common < self.label(child).len() { self.split(child, common) } else { child };
            match rest.get(common + 1..) {
                Some(more) => rest = more,
                None => return at,
            }
        }
    }

    /// Puts a new node above `child` that takes the first `at` bytes of its label.
    fn split(&mut self, child: u32, at: usize) -> u32 {
        let Node { parent, label, .. } = *self.node(child);
        let upper = self.add(Node::new(parent, label.first(at)));
        self.unlink(parent, child);
        self.update(child, |node| {
            node.parent = upper;
            node.label = label.after(at + 1);
        });
        self.text.release(1);
        self.link(parent, upper);
        self.link(upper, child);
        upper
    }

    /// Frees `node` and those above it that have become useless.
    fn prune(&mut self, node: u32) {
        let mut at = node;
        while at != ROOT {
            let node = *self.node(at);
            if node.exact != NONE || node.multi_level != NONE {
                return;
            }
            let single = u32::from(node.single_level_child != NONE);
            match node.literal_children.saturating_add(single) {
                0 => {
                    self.unlink(node.parent, at);
                    self.free(at);
                    at = node.parent;
                }
                1 => {
                    let child = if single == 1 { node.single_level_child } else { node.literal_children_xor };
                    self.join(at, child);
                    return;
                }
                _ => return,
            }
        }
    }

    /// Gives `child`, the only child of `upper`, the label of both and the place of `upper`.
    fn join(&mut self, upper: u32, child: u32) {
        let Node { parent, label: upper_label, .. } = *self.node(upper);
        let child_label = self.node(child).label;
        if !self.text.has_room(self.text.get(upper_label).len() + self.text.get(child_label).len() + 1) {
            return; // the tree stays right, only less compact
        }
        self.unlink(upper, child);
        self.unlink(parent, upper);
        let label = self.text.push_joined(upper_label, child_label);
        self.text.release_span(child_label);
        self.update(child, |node| {
            node.parent = parent;
            node.label = label;
        });
        self.link(parent, child);
        self.free(upper);
    }

    fn link(&mut self, parent: u32, child: u32) {
        let first = first_level(self.label(child));
        if first == b"+" {
            self.update(parent, |node| node.single_level_child = child);
        } else {
            self.table.insert(self.hasher.child_tag(parent, self.hasher.hash(first)), child);
            self.update(parent, |node| {
                node.literal_children += 1;
                node.literal_children_xor ^= child;
            });
        }
    }

    fn unlink(&mut self, parent: u32, child: u32) {
        let first = first_level(self.label(child));
        if first == b"+" {
            self.update(parent, |node| node.single_level_child = NONE);
        } else {
            self.table.remove(self.hasher.child_tag(parent, self.hasher.hash(first)), child);
            self.update(parent, |node| {
                node.literal_children = node.literal_children.saturating_sub(1);
                node.literal_children_xor ^= child;
            });
        }
    }

    fn child(&self, parent: u32, level: &[u8]) -> Option<u32> {
        let node = self.node(parent);
        if level == b"+" {
            return (node.single_level_child != NONE).then_some(node.single_level_child);
        }
        if node.literal_children == 0 {
            return None;
        }
        let tag = self.hasher.child_tag(parent, self.hasher.hash(level));
        self.table.find(tag, |child| self.is_child(child, parent, level))
    }

    fn is_child(&self, child: u32, parent: u32, level: &[u8]) -> bool {
        let node = self.node(child);
        let label = self.text.get(node.label);
        node.parent == parent && label.starts_with(level) && label.get(level.len()).is_none_or(is_slash)
    }

    fn add(&mut self, node: Node) -> u32 {
        let free = self.first_free;
        if free == NONE {
            let id = u32::try_from(self.nodes.len()).unwrap_or(NONE);
            grow_by_quarter(&mut self.nodes, 1);
            self.nodes.push(node);
            return id;
        }
        self.first_free = self.node(free).parent;
        self.update(free, |place| *place = node);
        free
    }

    fn free(&mut self, id: u32) {
        self.text.release_span(self.node(id).label);
        let next = self.first_free;
        self.update(id, |node| *node = Node::new(next, Span::EMPTY));
        self.first_free = id;
    }

    fn move_text(&mut self) {
        let mut text = TextStore::successor(&self.text);
        for node in &mut self.nodes {
            node.label = text.push(self.text.get(node.label));
        }
        self.text = text;
    }

    fn node(&self, id: u32) -> &Node {
        self.nodes.get(id as usize).unwrap_or(&NO_NODE)
    }

    fn update(&mut self, id: u32, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(id as usize) {
            change(node);
        }
    }

    fn label(&self, id: u32) -> &[u8] {
        self.text.get(self.node(id).label)
    }
}

impl Node {
    const fn new(parent: u32, label: Span) -> Self {
        Self {
            parent,
            label,
            exact: NONE,
            multi_level: NONE,
            single_level_child: NONE,
            literal_children: 0,
            literal_children_xor: 0,
        }
    }
}

/// The levels before a final `#` (none when the filter is `#` alone), and whether there is one.
fn split_multi_level(filter: &[u8]) -> (Option<&[u8]>, bool) {
    if filter == b"#" {
        return (None, true);
    }
    filter.strip_suffix(b"/#").map_or((Some(filter), false), |path| (Some(path), true))
}

fn first_level(levels: &[u8]) -> &[u8] {
    levels.get(..level_len(levels)).unwrap_or_default()
}

/// How many bytes the common first levels of two texts have, given that the very first level is common.
fn common_levels(a: &[u8], b: &[u8]) -> usize {
    let common = a.split(is_slash).zip(b.split(is_slash)).take_while(|(a, b)| a == b);
    common.map(|(level, _)| level.len() + 1).sum::<usize>().saturating_sub(1)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the predicate of `slice::split`")]
const fn is_slash(byte: &u8) -> bool {
    *byte == b'/'
}

const ROOT: u32 = 0;
static NO_NODE: Node = Node::new(NONE, Span::EMPTY);
const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_32_bytes() {
        assert_eq!(size_of::<Node>(), 32);
    }

    #[test]
    fn common_levels_are_whole_levels() {
        assert_eq!(common_levels(b"a/b/c", b"a/b/d"), 3);
        assert_eq!(common_levels(b"a/bc", b"a/bd"), 1);
        assert_eq!(common_levels(b"a", b"a/b"), 1);
        assert_eq!(common_levels(b"", b"/x"), 0);
        assert_eq!(common_levels(b"/x", b"/x"), 2);
    }

    #[test]
    fn removal_joins_what_insertion_split() {
        let mut trie = FilterTrie::new(TopicHasher::new(1));
        let first = trie.insert(b"a/+/c/d", 1);
        let count = trie.nodes.len();
        let second = trie.insert(b"a/+/x", 2);
        let third = trie.insert(b"a/#", 3);
        assert_eq!(trie.find(b"a/+/c/d"), Some(1));
        assert_eq!(trie.find(b"a/+/x"), Some(2));
        assert_eq!(trie.find(b"a/#"), Some(3));
        assert_eq!(trie.find(b"a/+"), None);
        trie.remove(third, 3);
        trie.remove(second, 2);
        assert_eq!(trie.label(first), b"a/+/c/d");
        assert_eq!(trie.node(first).parent, ROOT);
        let mut free = 0;
        let mut at = trie.first_free;
        while at != NONE {
            free += 1;
            at = trie.node(at).parent;
        }
        assert_eq!(trie.nodes.len() - free, count);
    }
}
