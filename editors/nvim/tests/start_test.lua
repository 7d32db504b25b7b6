local kit = require("kit")

local T = {}

T["it announces what it can do, and passes the settings on"] = function()
  local client = kit.open(nil, { server = { url = "http://127.0.0.1:1" } })
  local sent = kit.received(client, "initialize", 1)[1]
  kit.eq({ input = true, choose = true, status = true, answer = true }, sent.capabilities.experimental.opencode)
  kit.eq({ server = { url = "http://127.0.0.1:1" } }, sent.initializationOptions)
  kit.send(client, "workspace/configuration", { items = { { section = "opencode" } } }, 900)
  local response = kit.wait(function()
    return kit.response(client, 900)
  end, "the settings")
  kit.eq({ { server = { url = "http://127.0.0.1:1" } } }, response.result)
  kit.eq({}, kit.said)
end

T["without options there are no settings"] = function()
  local client = kit.open()
  kit.eq(nil, kit.received(client, "initialize", 1)[1].initializationOptions)
  kit.eq({}, kit.said)
end

T["input can be switched off"] = function()
  local client = kit.open(nil, { ui = { input = false } })
  kit.eq(false, kit.received(client, "initialize", 1)[1].capabilities.experimental.opencode.input)
end

T["what is no option is named in one warning"] = function()
  require("opencode_lsp.config").set({ srever = {}, ui = { hunk = true, reload = 1, permissions = "loud" }, cmd = "x" })
  kit.eq(1, #kit.said)
  for _, part in ipairs({ "`srever`", "`ui.hunk`", "`ui.reload` must be a boolean", '"notify" or "select"', "`cmd`" }) do
    assert(kit.heard(part), part .. vim.inspect(kit.said))
  end
end

T["a program that is not there is said once"] = function()
  require("opencode_lsp").setup({ cmd = { "no-such-opencode-lsp" } })
  vim.cmd.edit(kit.file(""))
  vim.cmd.edit(kit.file(""))
  kit.settle()
  kit.eq(1, #kit.said, vim.inspect(kit.said))
  assert(kit.heard("no-such-opencode-lsp"))
end

T["a command without a client says what to do"] = function()
  vim.cmd("Opencode abort")
  assert(kit.heard("not running"), vim.inspect(kit.said))
  assert(kit.heard("checkhealth"))
end

T["an older server is said"] = function()
  vim.env.FAKE_VERSION = "0.0.9"
  local client = kit.open()
  vim.env.FAKE_VERSION = nil
  if client.server_info then
    kit.wait(function()
      return kit.heard("0.0.9 is older than")
    end, "the warning")
  end
end

T["buffers without a file and with a remote one are left alone"] = function()
  local client = kit.open()
  for _, name in ipairs({ "", "oil:///tmp/a.py", "scp://host/a.py", "fugitive:///x/.git//0/a.py" }) do
    local bufnr = vim.api.nvim_create_buf(true, false)
    if name ~= "" then
      vim.api.nvim_buf_set_name(bufnr, name)
    end
    vim.bo[bufnr].filetype = "python"
    kit.settle()
    kit.eq({}, vim.lsp.get_clients({ bufnr = bufnr, name = "opencode" }), name)
    vim.api.nvim_set_current_buf(bufnr)
    vim.cmd("Opencode ask why")
  end
  assert(kit.heard("no file name yet"), vim.inspect(kit.said))
  assert(kit.heard("not a file on this machine"))
  kit.eq({}, kit.executed(client, "opencode.ask"))
end

T["files outside of a project join the client at hand"] = function()
  local client = kit.open()
  local other = vim.fn.tempname() .. ".py"
  kit.write(other, "x\n")
  vim.cmd.edit(other)
  kit.wait(function()
    return client.attached_buffers[vim.api.nvim_get_current_buf()]
  end, "the attachment")
  kit.eq(1, #vim.lsp.get_clients({ name = "opencode" }))
end

T["a server that ends is said once, and can be started again"] = function()
  local client = kit.open()
  require("opencode_lsp.rpc").request(client, "test/exit", { code = 3 }, function() end)
  kit.wait(function()
    return #vim.lsp.get_clients({ name = "opencode" }) == 0
  end, "the end")
  kit.settle()
  kit.eq(1, #kit.said, vim.inspect(kit.said))
  assert(kit.said[1].text:find("exit"), vim.inspect(kit.said))
  kit.eq("", require("opencode_lsp").status())
  vim.cmd("Opencode start")
  kit.wait(function()
    return vim.lsp.get_clients({ name = "opencode", bufnr = 0 })[1]
  end, "the new client")
end

return T
