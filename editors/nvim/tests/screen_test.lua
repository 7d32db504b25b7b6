local kit = require("kit")

local T = {}

--- A Neovim with a screen of 80 by 24 and its own `vim.notify`, on a file.
local function child_on(text)
  local child = vim.fn.jobstart({ vim.v.progpath, "--embed", "--clean", "-n", "-i", "NONE" }, { rpc = true })
  local function call(...)
    return vim.rpcrequest(child, ...)
  end
  local function lua(code, ...)
    return call("nvim_exec_lua", code, { ... })
  end
  call("nvim_ui_attach", 80, 24, { rgb = true })
  lua(
    [[local plugin, cmd, path = ...
    vim.opt.runtimepath:prepend(plugin)
    require("opencode_lsp").setup({ cmd = cmd })
    vim.cmd.edit(path)]],
    kit.plugin,
    kit.cmd,
    kit.file(text)
  )
  local client = {
    call = call,
    lua = lua,
    request = function(method, params)
      lua(
        [[local method, params = ...
        local rpc = require("opencode_lsp.rpc")
        rpc.request(rpc.client(), method, params, function() end)]],
        method,
        params
      )
    end,
  }
  kit.wait(function()
    return lua([[
      local client = vim.lsp.get_clients({ name = "opencode" })[1]
      return client ~= nil and client.initialized == true]])
  end, "the client")
  return client
end

local function send_permission(child, id)
  child.request("test/send", {
    method = "window/showMessageRequest",
    id = id,
    params = {
      type = 2,
      message = "opencode wants to run " .. ("make 漢 "):rep(60) .. "(session “x”)",
      actions = kit.buttons("Show details", "Allow once", "Always allow", "Reject"),
    },
  })
end

T["a permission takes no key, in any mode"] = function()
  local child = child_on("one\n")
  for id, keys in pairs({ [901] = "", [902] = "i", [903] = "<Esc>v", [904] = "<Esc>:" }) do
    child.call("nvim_input", keys)
    local mode = kit.wait(function()
      local mode = child.call("nvim_get_mode")
      return (keys == "" or mode.mode ~= "n") and mode
    end, "the mode after " .. keys)
    local count = child.lua("return #require('opencode_lsp.say').history")
    send_permission(child, id)
    kit.wait(function()
      return child.lua("return #require('opencode_lsp.say').history") > count
    end, "the message")
    kit.settle()
    kit.eq(mode, child.call("nvim_get_mode"))
    child.call("nvim_input", "<Esc>")
    kit.wait(function()
      return child.call("nvim_get_mode").mode == "n"
    end, "normal mode")
  end
  local line = child.lua("return vim.fn.execute('messages')")
  assert(line:find("opencode wants to run make") and line:find(":Opencode permissions", 1, true), line)
end

T["several messages at once take no key either"] = function()
  local child = child_on("one\n")
  for type = 1, 4 do
    child.request("test/send", {
      method = "window/showMessage",
      params = { type = type, message = "opencode-lsp: " .. ("text "):rep(40) .. type },
    })
  end
  send_permission(child, 901)
  kit.wait(function()
    local mode = child.call("nvim_get_mode")
    kit.eq({ mode = "n", blocking = false }, mode)
    return child.lua("return #require('opencode_lsp.say').history") == 5
  end, "the messages")
  kit.settle()
  kit.eq({ mode = "n", blocking = false }, child.call("nvim_get_mode"))
  local lines = child.lua("return vim.fn.execute('messages')")
  assert(lines:find("… (whole by :Opencode messages)", 1, true), lines)
end

T["lines that were removed from the top are on the screen"] = function()
  local child = child_on("one\ntwo\n")
  child.request("test/answer", {
    method = "opencode/hunks",
    result = {
      {
        id = "1.1",
        range = { start = { line = 0, character = 0 }, ["end"] = { line = 1, character = 0 } },
        removed = { "what was here" },
      },
    },
  })
  child.lua([[
    local client = vim.lsp.get_clients({ name = "opencode" })[1]
    local range = { start = { line = 0, character = 0 }, ["end"] = { line = 1, character = 0 } }
    require("opencode_lsp.rpc").request(client, "test/send", {
      method = "textDocument/publishDiagnostics",
      params = {
        uri = vim.uri_from_bufnr(0),
        diagnostics = { { range = range, message = "opencode changed 1 line", source = "opencode", code = "change" } },
      },
    }, function() end)]])
  kit.wait(function()
    local row = child.lua([[
      vim.cmd("redraw")
      local row = ""
      for column = 1, 30 do
        row = row .. vim.fn.screenstring(1, column)
      end
      return row]])
    return row:find("what was here", 1, true)
  end, "the removed line")
end

return T
