local kit = require("kit")

local T = {}

local function marks()
  local namespace = vim.api.nvim_get_namespaces()["opencode_lsp.hunks"]
  local signs, removed = {}, {}
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })) do
    local details = mark[4]
    if details.sign_text then
      table.insert(signs, { mark[2], vim.trim(details.sign_text), details.sign_hl_group })
    end
    for index, line in ipairs(details.virt_lines or {}) do
      table.insert(removed, { mark[2], details.virt_lines_above and "above" or "below", index, line[1][1] })
    end
  end
  return signs, removed
end

local function range(first, last)
  return { start = { line = first, character = 0 }, ["end"] = { line = last, character = 0 } }
end

local function answer(client, method, result, error)
  kit.ask(client, "test/answer", { method = method, result = result, error = error })
end

local HUNKS = {
  { id = "1.1", range = range(0, 1), removed = { "ONE", "\tone and a half" } },
  { id = "1.2", range = range(1, 2), removed = {} },
  { id = "1.3", range = range(3, 3), removed = { "four" } },
}

local function wait_for_signs(count)
  kit.wait(function()
    return #marks() == count
  end, count .. " signs")
  return marks()
end

T["hunks have signs and their removed lines, and follow the diagnostics"] = function()
  local client, path = kit.open()
  answer(client, "opencode/hunks", HUNKS)
  kit.publish(client, path, { { 0, "opencode changed 1 line" } })
  local signs, removed = wait_for_signs(3)
  kit.eq({ { 0, "┃", "OpencodeChanged" }, { 1, "┃", "OpencodeAdded" }, { 2, "▁", "OpencodeRemoved" } }, signs)
  kit.eq({
    { 0, "above", 1, "ONE" },
    { 0, "above", 2, (" "):rep(vim.bo.tabstop) .. "one and a half" },
    { 2, "below", 1, "four" },
  }, removed)
  vim.cmd("Opencode hunks")
  wait_for_signs(0)
  vim.cmd("Opencode hunks")
  wait_for_signs(3)
  kit.publish(client, path, {})
  wait_for_signs(0)
end

T["removed lines above the first one are on the screen"] = function()
  local client, path = kit.open()
  answer(client, "opencode/hunks", HUNKS)
  kit.publish(client, path, { { 0, "opencode changed 1 line" } })
  wait_for_signs(3)
  kit.eq(2, vim.fn.winsaveview().topfill)
end

T["without hunks in the server there are none, and it is asked once"] = function()
  local client, path = kit.open()
  kit.publish(client, path, { { 0, "opencode changed 1 line" } })
  kit.received(client, "opencode/hunks", 1)
  kit.publish(client, path, { { 1, "opencode changed 1 line" } })
  kit.settle()
  kit.eq(1, #kit.received(client, "opencode/hunks"))
  kit.eq({}, kit.said)
  kit.eq("opencode: 1 change", require("opencode_lsp").status())
end

T["hunks can be switched off"] = function()
  local client, path = kit.open(nil, { ui = { hunks = false } })
  kit.publish(client, path, { { 0, "opencode changed 1 line" } })
  kit.settle()
  kit.eq({}, kit.received(client, "opencode/hunks"))
end

T["the diff is a window beside, and closes"] = function()
  local client = kit.open("one\ntwo\n")
  answer(client, "opencode/baseline", { text = "ONE\ntwo\n" })
  vim.cmd("Opencode diff")
  kit.wait(function()
    return #vim.api.nvim_tabpage_list_wins(0) == 2
  end, "the window")
  local code = vim.api.nvim_get_current_win()
  for _, window in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
    assert(vim.wo[window].diff)
    if window ~= code then
      local bufnr = vim.api.nvim_win_get_buf(window)
      kit.eq({ "ONE", "two" }, vim.api.nvim_buf_get_lines(bufnr, 0, -1, false))
      kit.eq({ "nofile", false }, { vim.bo[bufnr].buftype, vim.bo[bufnr].modifiable })
    end
  end
  assert(vim.endswith(vim.api.nvim_buf_get_name(0), "a.py"), "the cursor stays in the code")
  vim.cmd("Opencode diff")
  kit.eq(1, #vim.api.nvim_tabpage_list_wins(0))
  kit.eq(false, vim.wo.diff)
end

T["a new file is compared with nothing, with its line ends"] = function()
  local client = kit.open("one\r\n")
  kit.eq("dos", vim.bo.fileformat)
  answer(client, "opencode/baseline", vim.empty_dict())
  vim.cmd("Opencode diff")
  kit.wait(function()
    return #vim.api.nvim_tabpage_list_wins(0) == 2
  end, "the window")
  vim.cmd("Opencode diff")
  answer(client, "opencode/baseline", { text = "ONE\r\ntwo\r\n" })
  vim.cmd("Opencode diff")
  kit.wait(function()
    return #vim.api.nvim_tabpage_list_wins(0) == 2
  end, "the window")
  local before = vim.fn.bufnr("opencode://before/")
  kit.eq({ "ONE", "two" }, vim.api.nvim_buf_get_lines(before, 0, -1, false))
end

T["without a change there is no diff; an older server shows its own"] = function()
  local client, path = kit.open()
  answer(client, "opencode/baseline", vim.NIL)
  vim.cmd("Opencode diff")
  kit.wait(function()
    return kit.heard("changed nothing")
  end, "the message")
  answer(client, "opencode/baseline", nil, { code = -32601, message = "Method not found" })
  vim.cmd("Opencode review diff")
  kit.wait(function()
    return #kit.executed(client, "opencode.diff.show") == 1
  end, "the command")
  kit.eq({ { uri = vim.uri_from_fname(path) } }, kit.executed(client, "opencode.diff.show"))
end

T["keep and undo are about the change under the cursor, a range, the file, or all"] = function()
  local client, path = kit.open("1\n2\n3\n4\n5\n6\n")
  kit.publish(client, path, {
    { 1, "opencode changed 2 lines", id = "1.1", end_line = 3 },
    { 4, "opencode added 1 line", id = "1.2", end_line = 5 },
  })
  kit.wait(function()
    return #vim.diagnostic.get(0) == 2
  end, "the diagnostics")
  local uri = vim.uri_from_fname(path)
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  vim.cmd("Opencode review keep")
  assert(kit.heard("changed nothing here"))
  vim.api.nvim_win_set_cursor(0, { 3, 0 })
  vim.cmd("Opencode review keep")
  vim.api.nvim_win_set_cursor(0, { 4, 0 })
  vim.cmd("Opencode review keep")
  vim.cmd("Opencode review keep file")
  vim.cmd("Opencode review keep all")
  kit.eq({ { uri = uri, id = "1.1" }, { uri = uri }, vim.NIL }, kit.executed(client, "opencode.review.keep"))
  vim.cmd("3,5Opencode review undo")
  local undone = kit.executed(client, "opencode.review.undo")
  table.sort(undone, function(a, b)
    return a.id < b.id
  end)
  kit.eq({ { uri = uri, id = "1.1" }, { uri = uri, id = "1.2" } }, undone)
end

T["from change to change from the cursor"] = function()
  local client, path = kit.open()
  vim.api.nvim_win_set_cursor(0, { 2, 1 })
  vim.cmd("Opencode review next")
  local here = { line = 1, character = 1 }
  kit.eq(
    { { uri = vim.uri_from_fname(path), range = { start = here, ["end"] = here } } },
    kit.executed(client, "opencode.review.next")
  )
  vim.cmd("enew")
  vim.cmd("Opencode review previous")
  kit.eq({ vim.NIL }, kit.executed(client, "opencode.review.previous"))
  kit.eq({}, kit.said)
end

T["the list has the changes of all files"] = function()
  local client, path = kit.open()
  vim.cmd("Opencode review list")
  assert(kit.heard("no changes"))
  local other = vim.fs.dirname(path) .. "/b.py"
  kit.write(other, "x\n")
  kit.publish(client, path, { { 0, "opencode changed 1 line" }, { 1, "opencode wants", code = "permission" } })
  kit.publish(client, other, { { 0, "opencode created this file" } })
  kit.wait(function()
    return #vim.diagnostic.get(nil) == 3
  end, "the diagnostics")
  vim.cmd("Opencode review list")
  kit.eq("quickfix", vim.bo.buftype)
  local names = vim.tbl_map(function(item)
    return vim.fs.basename(vim.api.nvim_buf_get_name(item.bufnr))
  end, vim.fn.getqflist())
  table.sort(names)
  kit.eq({ "a.py", "b.py" }, names)
end

local STALE = "opencode changed 1 line on disk; reload the file to see it"

local function reloads_with(autoread)
  vim.o.autoread = autoread
  local client, path = kit.open("old\n")
  kit.write(path, "newer\n")
  kit.publish(client, path, { { 0, STALE } })
  kit.wait(function()
    return vim.api.nvim_buf_get_lines(0, 0, -1, false)[1] == "newer"
  end, "the reload")
  kit.eq({ autoread, autoread }, { vim.o.autoread, vim.go.autoread })
end

T["an unmodified buffer is reloaded"] = function()
  reloads_with(true)
end

T["an unmodified buffer is reloaded with 'noautoread', without a prompt"] = function()
  reloads_with(false)
end

T["with 'noautoread' only what opencode changed is reloaded"] = function()
  vim.o.autoread = false
  local client, path = kit.open("old\n")
  kit.write(path, "by another program\n")
  kit.send(client, "opencode/status", { folders = {}, pending = 0, files = 0, hunks = 0 })
  vim.wait(500)
  kit.eq({ "old" }, vim.api.nvim_buf_get_lines(0, 0, -1, false))
  vim.cmd("setlocal autoread")
  kit.send(client, "opencode/status", { folders = {}, pending = 0, files = 0, hunks = 0 })
  kit.wait(function()
    return vim.api.nvim_buf_get_lines(0, 0, -1, false)[1] == "by another program"
  end, "the reload")
end

T["a buffer in the background is reloaded"] = function()
  local client, path = kit.open("old\n")
  local bufnr = vim.api.nvim_get_current_buf()
  vim.o.hidden = true
  vim.cmd("enew")
  kit.write(path, "newer\n")
  kit.publish(client, path, { { 0, STALE } })
  kit.wait(function()
    return vim.api.nvim_buf_get_lines(bufnr, 0, -1, false)[1] == "newer"
  end, "the reload")
end

T["a buffer is reloaded when its changes are gone, and when the status is another one"] = function()
  local client, path = kit.open("old\n")
  local function is_loaded(text)
    kit.wait(function()
      return vim.api.nvim_buf_get_lines(0, 0, -1, false)[1] == text
    end, text)
  end
  kit.publish(client, path, { { 0, "opencode changed 1 line" } })
  kit.settle()
  kit.write(path, "undone\n")
  kit.publish(client, path, {})
  is_loaded("undone")
  kit.write(path, "undone again\n")
  kit.send(client, "opencode/status", { folders = {}, pending = 0, files = 0, hunks = 0 })
  is_loaded("undone again")
end

T["unsaved text is left alone, until it is taken back"] = function()
  local client, path = kit.open("old\n")
  vim.api.nvim_buf_set_lines(0, 0, -1, false, { "mine" })
  kit.write(path, "newer\n")
  kit.publish(client, path, { { 0, STALE } })
  kit.settle()
  kit.eq({ "mine" }, vim.api.nvim_buf_get_lines(0, 0, -1, false))
  vim.cmd("silent undo")
  -- Without a screen Neovim does not look whether it is modified.
  vim.api.nvim_exec_autocmds("BufModifiedSet", { buffer = 0 })
  kit.wait(function()
    return vim.api.nvim_buf_get_lines(0, 0, -1, false)[1] == "newer"
  end, "the reload")
end

T["reloading can be switched off"] = function()
  local client, path = kit.open("old\n", { ui = { reload = false } })
  kit.write(path, "newer\n")
  kit.publish(client, path, { { 0, STALE } })
  kit.settle()
  kit.eq({ "old" }, vim.api.nvim_buf_get_lines(0, 0, -1, false))
end

T["a file that is gone does no harm"] = function()
  local client, path = kit.open("old\n")
  vim.uv.fs_unlink(path)
  kit.publish(client, path, { { 0, STALE } })
  kit.settle()
  kit.eq({ "old" }, vim.api.nvim_buf_get_lines(0, 0, -1, false))
  kit.eq({}, kit.said)
end

return T
